/**
 * A probe plan says what is attached where, and why: plain data, made without root, printable and comparable.
 * Everything the kernel side needs for a binary is in it; nothing else about the binary is looked at later.
 */

export type Architecture = 'x86-64' | 'arm64';

/**
 * What a site is for. A plan without `write` and `read` cannot give text; one without `secrets` no key log. Sites of the
 * role `socket` are passed by all network output of the process: they are attached only while the socket of a
 * connection is looked for.
 */
export type SiteRole = 'write' | 'read' | 'secrets' | 'close' | 'socket';

/** One static check of a site or of the whole binary. A site is attached only if all of its checks passed. */
export interface Check {
  readonly name: string;
  readonly passed: boolean;
  /** What was found, in words; always present when it failed. */
  readonly detail: string;
}

export interface ProbeSite {
  readonly role: SiteRole;
  /** Full name of the function, e.g. `crypto/tls.(*Conn).Read`. */
  readonly function: string;
  /** Link-time address of the function. */
  readonly functionAddress: number;
  /** Offset of the probed instruction from the start of its function, in bytes. */
  readonly offset: number;
  /** Link-time address of the probed instruction. */
  readonly address: number;
  /** Where the probed instruction is in the file: what the kernel's uprobe takes. */
  readonly fileOffset: number;
  /** Short mnemonic: `jbe`, `b.ls`, `call`, `bl`, `push`, `ret`, `entry`. */
  readonly instruction: string;
  /** The instruction's bytes as planned, hex: what must still be there when it is attached. */
  readonly bytes: string;
  /** Whether the kernel emulates that instruction under a uprobe (cheap) instead of single-stepping it (dear). */
  readonly emulated: boolean;
  /** The kernel-side handler: a `site_kind` of `bpf/events.h` in kebab case, e.g. `go-write`. */
  readonly kind: string;
  /** `site_flag`s of `bpf/events.h` in kebab case, e.g. `at-stack-check`. */
  readonly flags: readonly string[];
  /** Offset from SP at the site to the slot that holds the receiver; 0 where the kind does not use it. */
  readonly receiverOffset: number;
  /** Name of the strategy that found this site, e.g. `call-memmove`. */
  readonly strategy: string;
  readonly checks: readonly Check[];
  /** What a reader of `tlstap inspect` should know, e.g. `skips hits that restart (CF or ZF)`. */
  readonly note: string;
}

/** Why a role has no site, although the plan is usable without it. */
export interface MissingRole {
  readonly role: SiteRole;
  readonly reason: string;
}

export interface ProbePlan {
  /** TLS family as in `--json`: `gotls`. */
  readonly family: string;
  readonly path: string;
  readonly architecture: Architecture;
  readonly positionIndependent: boolean;
  readonly stripped: boolean;
  /** GNU build-id in hex, or null. */
  readonly buildId: string | null;
  /** For display only, e.g. `Go 1.26.5`; null when unknown. */
  readonly toolchain: string | null;
  /** For display: `register ABI`, `stack ABI`. */
  readonly convention: string;
  /** Facts about the whole binary and how they were learnt, e.g. text base. For display. */
  readonly facts: readonly { readonly name: string; readonly value: string; readonly how: string }[];
  /** Fields of the family's profile struct in `bpf/events.h`, by their C names. */
  readonly profile: Readonly<Record<string, number>>;
  readonly sites: readonly ProbeSite[];
  readonly missing: readonly MissingRole[];
  /** Checks that belong to no single site. */
  readonly checks: readonly Check[];
}

/** A file that cannot be probed: the parts of a {@link UserError}, plus a stable code for tests and `--json`. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly reason: string;
  readonly remedy: string;
}

export type PlanResult =
  | { readonly ok: true; readonly plan: ProbePlan }
  | { readonly ok: false; readonly refusal: Refusal };
