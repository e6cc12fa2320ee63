import { readFileSync } from 'node:fs';
import { bytesSource } from '../../../src/binary/bytes-source.ts';
import { listCode } from '../../../src/binary/code/listing.ts';
import { machines } from '../../../src/binary/code/machine.ts';
import { parseElf } from '../../../src/binary/elf.ts';
import { findGoTable } from '../../../src/binary/go/go-table.ts';
import { succeeded } from '../../../src/family/go/attempt.ts';
import { indexFunctions } from '../../../src/family/go/function-index.ts';
import { findGoCode, type GoCode } from '../../../src/family/go/go-code.ts';
import type { GoProgram } from '../../../src/family/go/go-program.ts';
import { planRole } from '../../../src/family/go/plan-role.ts';
import { findStackCheck } from '../../../src/family/go/stack-check.ts';
import type { SiteRole } from '../../../src/plan/probe-plan.ts';
import { arm64Program } from '../../support/arm64-program.ts';
import { esbuildReleases, provideRealProgram, type RealProgram } from '../../support/real-program.ts';
import { must } from '../expect-same.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

type Architecture = keyof typeof machines;

const functions: readonly (readonly [SiteRole, string])[] = [
  ['read', 'crypto/tls.(*Conn).Read'],
  ['write', 'crypto/tls.(*Conn).writeRecordLocked'],
  ['close', 'crypto/tls.(*Conn).Close'],
  ['secrets', 'crypto/tls.(*Config).writeKeyLog'],
];

export const x8664: FuzzTarget = decoderTarget('x86-64', esbuildReleases.at(-1));
export const arm64: FuzzTarget = decoderTarget('arm64', arm64Program);
export const goCode: FuzzTarget = planTarget('x86-64', esbuildReleases.at(-1));
export const goCodeArm64: FuzzTarget = planTarget('arm64', arm64Program);

function decoderTarget(architecture: Architecture, release: RealProgram | undefined): FuzzTarget {
  return {
    name: architecture,
    description: `${architecture} machine code, decoded at every offset`,
    corpus: async () => (await originals(release)).codes.map(({ code }) => code.bytes.subarray(0, 400)),
    tokens: [
      '\x66',
      '\xf2',
      '\xf3',
      '\x2e',
      '\x48',
      '\x4f',
      '\xc4\xe2\x79',
      '\x62\xf1\x7c\x48',
      '\x0f\x38',
      '\x0f\x3a',
      '\x67',
      '\xf0',
    ],
    mostInputBytes: 256,
    check: (input) => {
      const { decode } = machines[architecture];
      let decoded = 0;
      for (let offset = 0; offset < input.length; offset++) {
        const instruction = decode(input, offset);
        if (instruction === undefined) continue;
        decoded++;
        const { lengthBytes } = instruction;
        must(instruction.offset === offset, 'it is where it was looked for');
        must(
          lengthBytes >= 1 && lengthBytes <= 15 && offset + lengthBytes <= input.length,
          'it has a length',
        );
        // What follows does not matter.
        const alone = decode(input.subarray(0, offset + lengthBytes), offset);
        must(JSON.stringify(alone) === JSON.stringify(instruction), 'it is the same without what follows');
      }
      return decoded === 0 ? 'nothing' : decoded === input.length ? 'all' : 'some';
    },
  };
}

/** The code of the functions that probes are planned in, damaged: the first byte says which. */
function planTarget(architecture: Architecture, release: RealProgram | undefined): FuzzTarget {
  let program: GoProgram | undefined;
  let known: readonly { readonly role: SiteRole; readonly code: GoCode }[] = [];
  return {
    name: `go-code-${architecture}`,
    description: `code of crypto/tls for ${architecture}, in which sites are looked for`,
    corpus: async () => {
      ({ program, codes: known } = await originals(release));
      return known.map(({ code }, index) => Buffer.concat([Buffer.of(index), code.bytes]));
    },
    mostInputBytes: 6000,
    check: (input) => {
      const original = known[(input[0] ?? 0) % known.length];
      if (program === undefined || original === undefined) throw new Error('no program');
      const bytes = Buffer.from(input.subarray(1));
      if (bytes.length === 0) return 'empty';
      const code = decodeAgain(program, original.code, bytes);
      const sites = planRole(program, code, original.role, 'crypto/tls', undefined)
        .filter(succeeded)
        .flatMap((attempt) => attempt.sites);
      for (const site of sites) {
        const lengthBytes = site.bytes.length / 2;
        must(code.listing.at(site.offset)?.lengthBytes === lengthBytes, 'a site is an instruction');
        must(
          bytes.toString('hex', site.offset, site.offset + lengthBytes) === site.bytes,
          'its bytes are those of the file',
        );
      }
      return `${original.role} ${sites.length > 0 ? 'found' : 'not found'}`;
    },
  };
}

async function originals(
  release: RealProgram | undefined,
): Promise<{ program: GoProgram; codes: { role: SiteRole; code: GoCode }[] }> {
  if (release === undefined) throw new Error('no release');
  const path = await provideRealProgram(release);
  if (!path.ok) throw new Error(path.reason);
  const parsed = parseElf(bytesSource(readFileSync(path.value)));
  if (!parsed.ok) throw new Error(parsed.problem.detail);
  const { elf } = parsed;
  const found = findGoTable(elf);
  if (!found.ok) throw new Error(found.problem.detail);
  const index = indexFunctions(found.table);
  const program: GoProgram = { elf, table: found.table, functions: index, convention: 'register' };
  const codes = functions.flatMap(([role, name]) => {
    const code = findGoCode(elf, index, name);
    return code === undefined ? [] : [{ role, code }];
  });
  return { program, codes };
}

function decodeAgain(program: GoProgram, original: GoCode, bytes: Buffer): GoCode {
  const { architecture } = program.elf;
  const listing = listCode(bytes, machines[architecture].decode);
  const callee = (offset: number): string | undefined =>
    program.functions.nameAt(original.function.address + offset);
  return { ...original, bytes, listing, stackCheck: findStackCheck(architecture, bytes, listing, callee) };
}
