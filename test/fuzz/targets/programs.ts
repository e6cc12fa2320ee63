import { existsSync, readFileSync } from 'node:fs';
import { bytesSource } from '../../../src/binary/bytes-source.ts';
import { planGo } from '../../../src/family/go/plan-go.ts';
import { analyse } from '../../binary/analyse.ts';
import { buildGoProgram } from '../../binary/go/build-go-program.ts';
import { must } from '../expect-same.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

export const elf: FuzzTarget = {
  name: 'elf',
  description: 'ELF files: headers, segments, sections, dynamic section, relocations',
  corpus: () => {
    const files = ['/usr/bin/true', '/bin/true'].filter((path) => existsSync(path)).slice(0, 1);
    return [...files.map((path) => readFileSync(path)), ...goPrograms('relocations').slice(0, 2)];
  },
  tokens: ['\x7fELF\x02\x01\x01'],
  mostInputBytes: 200_000,
  check: (input) => {
    const { outcome, functionCount } = analyse(bytesSource(input));
    must(functionCount <= input.length, 'no more functions than bytes');
    return outcome;
  },
};

export const goTable: FuzzTarget = {
  name: 'go-table',
  description: 'Go programs: build info, line table, module data, function names; planned as a whole',
  corpus: () => [...goPrograms('in place'), ...goPrograms('relocations')],
  tokens: [
    '\xf1\xff\xff\xff\x00\x00\x01\x08',
    '\xf0\xff\xff\xff\x00\x00\x01\x08',
    '\xff Go buildinf:\x08\x02',
    'go1.22.4',
    'crypto/tls.(*Conn).Read',
  ],
  mostInputBytes: 200_000,
  check: (input) => {
    const { outcome, functionCount } = analyse(bytesSource(input));
    must(functionCount <= input.length, 'no more functions than bytes');
    const planned = planGo(bytesSource(input), 'input');
    if (!planned.ok)
      must(planned.refusal.message !== '' && planned.refusal.reason !== '', 'a refusal says why');
    return `${outcome}${planned.ok ? ', planned' : ''}`;
  },
};

function goPrograms(pointers: 'in place' | 'relocations'): readonly Buffer[] {
  const names = [
    'runtime.memmove',
    'crypto/tls.(*Conn).Read',
    'crypto/tls.(*Conn).writeRecordLocked',
    'main.main',
  ];
  return (['1.2', '1.16', '1.18', '1.20'] as const).map(
    (layout) =>
      buildGoProgram({
        layout,
        pointers,
        functions: names.map((name) => ({ name, sizeBytes: 32 })),
        textStartInHeader: pointers === 'in place',
        sections: { table: '.gopclntab', moduledata: '.go.module' },
      }).file,
  );
}
