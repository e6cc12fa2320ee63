import type { Elf } from '../../binary/elf.ts';
import { findGoBuildInfo } from '../../binary/go/build-info.ts';
import type { GoTableProblem } from '../../binary/go/go-table.ts';
import { recognizeBinary, type Recognition } from '../../binary/recognize.ts';
import type { Refusal } from '../../plan/probe-plan.ts';

/** A program without a usable Go function table: something else than Go, or Go in a form that hides it. */
export function refuseWithoutTable(elf: Elf, problem: GoTableProblem): Refusal {
  const recognized = refuseRecognized(elf);
  if (recognized !== undefined) return recognized;
  if (problem.code === 'no-text-base') {
    return {
      code: 'no-text-base',
      message: 'its Go functions cannot be located',
      reason: problem.detail,
      remedy: 'give the program as its linker wrote it',
    };
  }
  if (isMadeByGo(elf)) {
    return {
      code: 'no-line-table',
      message: 'it is a Go program whose line table was removed',
      reason: problem.detail,
      remedy: 'give the program as its linker wrote it; plain stripping (-s -w, strip) is fine',
    };
  }
  return {
    code: 'not-go',
    message: 'it is not a Go program',
    reason: `no Go line table found in its segments; ${describeLibraries(elf)}`,
    remedy: 'give a program built by the Go toolchain',
  };
}

/** What the Go linker leaves even where the line table is gone. */
function isMadeByGo(elf: Elf): boolean {
  const names = ['.note.go.buildid', '.go.buildinfo', '.go.module', '.gopclntab', '.data.rel.ro.gopclntab'];
  return names.some((name) => elf.section(name) !== undefined) || findGoBuildInfo(elf) !== undefined;
}

/** A Go program without the functions of a TLS connection. */
export function refuseWithoutTls(elf: Elf): Refusal {
  return (
    refuseRecognized(elf) ?? {
      code: 'no-crypto-tls',
      message: 'it has no crypto/tls in it',
      reason: `no function of a crypto/tls connection is in its line table; ${describeLibraries(elf)}`,
      remedy: 'its TLS, if any, is done by something else than the Go standard library',
    }
  );
}

/** Programs that are known for what they are, although their functions are out of reach. */
function refuseRecognized(elf: Elf): Refusal | undefined {
  const { kind, evidence } = recognizeBinary(elf);
  if (kind === 'unknown') return undefined;
  const { code, message, remedy } = wordings[kind];
  return { code, message, reason: evidence, remedy };
}

const wordings: Readonly<Record<Exclude<Recognition['kind'], 'unknown'>, Omit<Refusal, 'reason'>>> = {
  upx: {
    code: 'packed',
    message: 'it is packed with UPX',
    remedy: 'unpack it (upx -d) and run the unpacked program',
  },
  gccgo: {
    code: 'gccgo',
    message: 'it was built by gccgo',
    remedy: 'build it with the standard Go toolchain',
  },
  tinygo: {
    code: 'tinygo',
    message: 'it was built by TinyGo',
    remedy: 'build it with the standard Go toolchain',
  },
  garble: {
    code: 'obfuscated',
    message: 'its function names are obfuscated (garble)',
    remedy: 'use a build that was not obfuscated',
  },
  'go-linkshared': {
    code: 'crypto-tls-in-shared-library',
    message: 'its crypto/tls is in a shared library (-linkshared)',
    remedy: 'use a build without -linkshared',
  },
};

function describeLibraries(elf: Elf): string {
  const libraries = elf.dynamic?.neededLibraries ?? [];
  if (libraries.length === 0) return 'it links no shared library';
  if (libraries.length === 1) return `it links ${libraries[0]} only`;
  return `it links ${libraries.join(', ')}`;
}
