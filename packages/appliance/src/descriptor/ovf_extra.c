/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "ovf_items.h"

static int set_firmware(struct ovf *o, struct model_machine *vm, const xmlNode *node,
			const char *value)
{
	if (strcasecmp(value, "efi") == 0 || strcasecmp(value, "uefi") == 0)
		vm->firmware = FIRMWARE_UEFI;
	else if (strcasecmp(value, "bios") == 0)
		vm->firmware = FIRMWARE_BIOS;
	else
		ovf_warn(o, node, "firmware: \"%.64s\" is not known", value);
	return 0;
}

/* <vmw:Config vmw:key="firmware" vmw:value="efi"/> */
static int read_config(struct ovf *o, struct model_machine *vm, const xmlNode *node)
{
	const char *key = xml_attr(node, "key"), *value = xml_attr(node, "value");

	if (!key || !value)
		return 0;
	if (strcasecmp(key, "firmware") == 0)
		return set_firmware(o, vm, node, value);
	if (strcasecmp(key, "bootOptions.efiSecureBootEnabled") == 0 &&
	    strcasecmp(value, "true") == 0)
		ovf_warn(o, node, "secure boot is left out");
	return 0;
}

/* "a=b;firmware=uefi;c=d" */
static bool has_setting(const char *list, const char *setting)
{
	size_t n = strlen(setting);

	for (const char *s = strstr(list, setting); s; s = strstr(s + 1, setting))
		if ((s == list || s[-1] == ';') && (s[n] == ';' || !s[n]))
			return true;
	return false;
}

/* <xenovf:VirtualSystemOtherConfigurationData Name="PV_args"><Value>... of XenCenter */
static int read_xencenter(struct ovf *o, struct model_machine *vm, const xmlNode *node)
{
	const char *name = xml_attr(node, "Name"), *value = xml_text(xml_child(node, "Value"));

	if (!name || !*value)
		return 0;
	if (strcmp(name, "HVM_boot_policy") == 0)
		vm->virt = VIRT_HVM;
	else if (strcmp(name, "PV_args") == 0)
		return model_set_line(&vm->cmdline, value, o->e);
	else if (strcmp(name, "HVM_boot_params") == 0 && has_setting(value, "firmware=uefi"))
		vm->firmware = FIRMWARE_UEFI;
	else if (strcmp(name, "HVM_boot_params") == 0 && has_setting(value, "firmware=bios"))
		vm->firmware = FIRMWARE_BIOS;
	else if (strcmp(name, "PV_kernel") == 0 || strcmp(name, "PV_ramdisk") == 0)
		ovf_warn(o, node, "%s: \"%.128s\" is a file of another host, left out", name,
			 value);
	return 0;
}

static int read_guest_file(struct ovf *o, const xmlNode *node, const char *name, char **to)
{
	const char *value = xml_attr(node, name);

	if (value && *value && !model_href_ok(value))
		return ovf_fail(o, node, "%s: \"%.128s\" is not inside the package", name, value);
	return model_set_line(to, value, o->e);
}

/* <socle:Guest virt="pv" kernel="" ramdisk="" cmdline=""/>: what OVF has no words for. */
static int read_guest(struct ovf *o, struct model_machine *vm, const xmlNode *node)
{
	const char *virt = xml_attr(node, "virt");

	for (unsigned int i = 0; virt && model_virt_names[i]; i++)
		if (strcmp(model_virt_names[i], virt) == 0)
			vm->virt = i;
	if (read_guest_file(o, node, "kernel", &vm->kernel) < 0 ||
	    read_guest_file(o, node, "ramdisk", &vm->ramdisk) < 0)
		return -EINVAL;
	return model_set_line(&vm->cmdline, xml_attr(node, "cmdline"), o->e);
}

int ovf_extra(struct ovf *o, struct model_machine *vm, const xmlNode *node)
{
	static const struct {
		const char *ns, *name;
		int (*read)(struct ovf *o, struct model_machine *vm, const xmlNode *node);
	} known[] = {
		{ "http://www.vmware.com/schema/ovf", "Config", read_config },
		{ "http://www.vmware.com/schema/ovf", "ExtraConfig", read_config },
		{ "http://schemas.citrix.com/ovf/envelope/1", "VirtualSystemOtherConfigurationData",
		  read_xencenter },
		{ OVF_SOCLE_NS, "Guest", read_guest },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (xml_in(node, known[i].ns) && xml_is(node, known[i].name))
			return known[i].read(o, vm, node);
	if (ovf_flag(node, "required", false))
		return ovf_fail(o, node, "required, and Socle does not know it");
	ovf_warn(o, node, "left out, Socle does not know it");
	return 0;
}
