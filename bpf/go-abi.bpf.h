/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Go's calling conventions: register ABI (amd64 since 1.17, arm64 since 1.18) and stack ABI.
 * Source: cmd/compile/abi-internal.md.
 */
#ifndef TLSTAP_GO_ABI_BPF_H
#define TLSTAP_GO_ABI_BPF_H

#include "kernel.h"
#include "user-memory.bpf.h"

/* Whole-register volatile reads: clang must not fold several into one computed ctx pointer. */
#define REGISTER(ctx, name) (*(volatile __u64 *)&(ctx)->name)

#if defined(__TARGET_ARCH_x86)

#define STACK_POINTER(ctx) REGISTER(ctx, sp)
#define PROGRAM_COUNTER(ctx) REGISTER(ctx, ip)
#define GOROUTINE(ctx) REGISTER(ctx, r14)
/* Stack ABI: below the first argument of a call that is about to happen lies nothing. */
#define CALL_ARGUMENTS 0
#define FLAG_CARRY 0x01
#define FLAG_ZERO 0x40

static __always_inline __u64 argument_register(struct pt_regs *ctx, __u32 index)
{
	switch (index) {
	case 0:
		return REGISTER(ctx, ax);
	case 1:
		return REGISTER(ctx, bx);
	case 2:
		return REGISTER(ctx, cx);
	case 3:
		return REGISTER(ctx, di);
	case 4:
		return REGISTER(ctx, si);
	case 5:
		return REGISTER(ctx, r8);
	case 6:
		return REGISTER(ctx, r9);
	case 7:
		return REGISTER(ctx, r10);
	case 8:
		return REGISTER(ctx, r11);
	default:
		return 0;
	}
}

/* In no register but during the stack check, which loads it into CX to compare SP with its bounds. */
static __always_inline __u64 stack_abi_goroutine(struct pt_regs *ctx, bool at_stack_check)
{
	__u64 cx = REGISTER(ctx, cx);

	return at_stack_check ? cx : 0;
}

/* JBE of the stack check is taken: morestack runs and the function starts again. */
static __always_inline bool is_restarting(struct pt_regs *ctx)
{
	return REGISTER(ctx, flags) & (FLAG_CARRY | FLAG_ZERO);
}

#elif defined(__TARGET_ARCH_arm64)

#define STACK_POINTER(ctx) REGISTER(ctx, sp)
#define PROGRAM_COUNTER(ctx) REGISTER(ctx, pc)
#define GOROUTINE(ctx) REGISTER(ctx, regs[28])
/* Stack ABI: the callee's slot for the link register lies below the first argument. */
#define CALL_ARGUMENTS 8
#define FLAG_CARRY (1ul << 29)
#define FLAG_ZERO (1ul << 30)

static __always_inline __u64 argument_register(struct pt_regs *ctx, __u32 index)
{
	return index < 16 ? REGISTER(ctx, regs[index]) : 0;
}

/* Always in X28. */
static __always_inline __u64 stack_abi_goroutine(struct pt_regs *ctx, bool at_stack_check __attribute__((unused)))
{
	return GOROUTINE(ctx);
}

/* B.LS of the stack check is taken: carry clear or zero set. */
static __always_inline bool is_restarting(struct pt_regs *ctx)
{
	__u64 state = REGISTER(ctx, pstate);

	return !(state & FLAG_CARRY) || (state & FLAG_ZERO);
}

#endif

/* Stack ABI: argument word of the function that is being entered or returned from. */
static __always_inline __u64 stack_argument(struct pt_regs *ctx, __u32 index, const bool sleepable)
{
	return read_word(STACK_POINTER(ctx) + 8 + 8 * index, sleepable);
}

/* Argument word of the function that is being entered, or (stack ABI) returned from. */
static __always_inline __u64 entry_argument(struct pt_regs *ctx, const bool register_abi, __u32 index,
					    const bool sleepable)
{
	if (register_abi)
		return argument_register(ctx, index);
	return stack_argument(ctx, index, sleepable);
}

/* Argument word of the call instruction that is about to run. */
static __always_inline __u64 call_argument(struct pt_regs *ctx, const bool register_abi, __u32 index,
					   const bool sleepable)
{
	if (register_abi)
		return argument_register(ctx, index);
	return read_word(STACK_POINTER(ctx) + CALL_ARGUMENTS + 8 * index, sleepable);
}

#endif
