import { findGoBuildInfo } from '../../binary/go/build-info.ts';
import type { ProbePlan } from '../../plan/probe-plan.ts';
import type { GoProgram } from './go-program.ts';

type Description = Omit<ProbePlan, 'profile' | 'sites' | 'missing' | 'checks'>;

/** What a plan says about the program, for display only. */
export function describeProgram(program: GoProgram, path: string): Description {
  const { elf, table } = program;
  const buildInfo = findGoBuildInfo(elf);
  return {
    family: 'gotls',
    path,
    architecture: elf.architecture,
    positionIndependent: elf.kind !== 'executable',
    stripped: !elf.hasSymbolTable,
    buildId: elf.buildId,
    toolchain: buildInfo === undefined ? null : buildInfo.version.replace(/^go(?=\d)/u, 'Go '),
    convention: `${program.convention} ABI`,
    facts: [
      ...textBaseFact(program),
      {
        name: 'line table',
        value: `0x${table.pclntab.address.toString(16)}`,
        how: `${table.pclntab.how}; Go ≥ ${table.pclntab.layout}`,
      },
    ],
  };
}

function textBaseFact(program: GoProgram): Description['facts'] {
  const { textBase } = program.table;
  if (textBase === null) return [];
  const how = {
    header: 'line table',
    'header relocation': 'relocation of the line table',
    moduledata: 'moduledata (the line table says 0)',
  };
  return [{ name: 'text base', value: `0x${textBase.address.toString(16)}`, how: how[textBase.how] }];
}
