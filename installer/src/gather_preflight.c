/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <cpuid.h>
#include <time.h>
#include <unistd.h>

#include "efi.h"
#include "gather.h"

enum {
	LEAF_FEATURES = 1,
	LEAF_AMD = 0x80000001,
	BIT_VMX = 1 << 5, /* of ECX of the first, Intel's manual 2A, CPUID */
	BIT_SVM = 1 << 2, /* of ECX of the second, AMD's manual 3, E.4.1 */
};

static bool processor_has_it(void)
{
	unsigned int a, b, c, d;

	if (__get_cpuid(LEAF_FEATURES, &a, &b, &c, &d) && c & BIT_VMX)
		return true;
	return __get_cpuid(LEAF_AMD, &a, &b, &c, &d) && c & BIT_SVM;
}

/*
 * The kernel takes the flag away when the firmware has locked the processor's
 * switch on "off".  Under Xen dom0 never has the flag, which says nothing.
 */
static bool virtualization_off(const char *cpuinfo)
{
	if (gather_cpu_flag(cpuinfo, "vmx") || gather_cpu_flag(cpuinfo, "svm") ||
	    access("/sys/hypervisor/type", F_OK) == 0)
		return false;
	return processor_has_it();
}

void gather_preflight(const char *cpuinfo, json_t *facts)
{
	json_object_set_new(facts, "virtualization_off", json_boolean(virtualization_off(cpuinfo)));
	json_object_set_new(facts, "secure_boot", json_boolean(efi_secure_boot(EFI_VARIABLES)));
	json_object_set_new(facts, "clock", json_integer((json_int_t)time(NULL)));
}
