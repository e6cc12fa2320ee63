import type { GoBuild } from '../support/go-program.ts';

/** One compiler with one kind of build: what is built, or why nobody can build it. */
export interface CompilerCell {
  /** Release of Go, e.g. `1.21.13`. */
  readonly row: string;
  /** Kind of build, e.g. `PIE -s -w`. */
  readonly column: string;
  readonly build: GoBuild | { readonly notApplicable: string };
}

/** The newest release of each minor version that can be had as a module for Linux. */
const releases = [
  '1.9.7',
  '1.10.8',
  '1.11.13',
  '1.12.17',
  '1.13.15',
  '1.14.15',
  '1.15.15',
  '1.16.15',
  '1.17.13',
  '1.18.10',
  '1.19.13',
  '1.20.14',
  '1.21.13',
  '1.22.12',
  '1.23.12',
  '1.24.13',
  '1.25.14',
  '1.26.11',
  '1.27.4',
];

interface Kind {
  readonly flags: readonly string[];
  readonly cgo?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  /** The first minor version that has it, and what there was before. */
  readonly since?: readonly [minor: number, before: string];
}

const kinds: Readonly<Record<string, Kind>> = {
  default: { flags: [] },
  '-s -w': { flags: ['-ldflags=-s -w'] },
  'PIE -s -w': { flags: ['-buildmode=pie', '-ldflags=-s -w'] },
  'external link': { flags: ['-ldflags=-linkmode=external'], cgo: true },
  '-race': { flags: ['-race'], cgo: true },
  '-N -l': { flags: ['-gcflags=all=-N -l'] },
  '-l': { flags: ['-gcflags=all=-l'] },
  boringcrypto: {
    flags: [],
    cgo: true,
    environment: { GOEXPERIMENT: 'boringcrypto' },
    since: [19, 'a branch of its own before Go 1.19, not in its releases'],
  },
  GOFIPS140: {
    flags: [],
    environment: { GOFIPS140: 'v1.0.0' },
    since: [24, 'came with Go 1.24'],
  },
};

export const compilerCells: readonly CompilerCell[] = releases.flatMap((row) =>
  Object.entries(kinds).map(([column, kind]) => ({ row, column, build: planBuild(row, kind) })),
);

export function minorOf(release: string): number {
  return Number(release.split('.')[1]);
}

function planBuild(release: string, kind: Kind): CompilerCell['build'] {
  const minor = minorOf(release);
  const { since, flags, cgo = false, environment = {} } = kind;
  if (since && minor < since[0]) return { notApplicable: since[1] };
  return {
    program: 'exchange',
    toolchain: release,
    flags: minor < 10 ? flags.flatMap(forAllPackages) : flags,
    ...(cgo ? { cgo } : {}),
    ...(Object.keys(environment).length > 0 ? { environment } : {}),
  };
}

/** Patterns in -gcflags came with Go 1.10; before, flags are for all packages that are built, here with -a all. */
function forAllPackages(flag: string): readonly string[] {
  return flag.startsWith('-gcflags=all=') ? ['-a', flag.replace('=all=', '=')] : [flag];
}
