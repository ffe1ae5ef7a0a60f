#include "vm.h"
int vm_prepare(struct vm *vm, struct run *r)
{
	(void)vm;
	(void)r;
	mg_error("no vm yet");
	return -1;
}
enum target_end vm_run(const struct vm *vm, struct run *r)
{
	(void)vm;
	(void)r;
	return TARGET_FAILED;
}
void vm_free(struct vm *vm)
{
	(void)vm;
}
