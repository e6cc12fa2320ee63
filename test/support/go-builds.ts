import type { GoBuild } from './go-program.ts';

/**
 * The builds that end-to-end tests use, by name. Each other compiler or compile flag means compiling the standard
 * library anew (about 15 s on two cores), so they are few; link flags cost nothing.
 */
export const goBuilds: Readonly<Record<GoBuildName, GoBuild>> = {
  machine: exchange({ toolchain: 'machine' }),
  external: exchange({ toolchain: 'machine', cgo: true, flags: ['-ldflags=-linkmode=external'] }),
  stripped121: exchange({ toolchain: '1.21.13', flags: ['-ldflags=-s -w'] }),
  strippedPie127: exchange({ toolchain: '1.27.4', flags: ['-buildmode=pie', '-ldflags=-s -w'] }),
  stackAbi116: exchange({ toolchain: '1.16.15' }),
  noInlining: exchange({ toolchain: 'machine', flags: ['-gcflags=all=-N -l'] }),
  race: exchange({ toolchain: 'machine', cgo: true, flags: ['-race'] }),
  wrapped: { program: 'wrapped', toolchain: 'machine' },
  wrapped116: { program: 'wrapped', toolchain: '1.16.15' },
  wrapped127: {
    program: 'wrapped',
    toolchain: '1.27.4',
    flags: ['-buildmode=pie', '-ldflags=-s -w'],
  },
  webserver: { program: 'webserver', toolchain: 'machine' },
  fetch: { program: 'fetch', toolchain: 'machine' },
  write: { program: 'write', toolchain: 'machine' },
  faults: { program: 'faults', toolchain: 'machine' },
  edges: { program: 'edges', toolchain: 'machine' },
  edges116: { program: 'edges', toolchain: '1.16.15' },
  load: { program: 'load', toolchain: 'machine' },
  keylog: { program: 'keylog', toolchain: 'machine' },
  keylogStackAbi: { program: 'keylog', toolchain: '1.16.15' },
  keylogStrippedPie: {
    program: 'keylog',
    toolchain: '1.27.4',
    flags: ['-buildmode=pie', '-ldflags=-s -w'],
  },
  quickeys: { program: 'quickeys', toolchain: '1.27.4' },
  idle: { program: 'idle', toolchain: 'machine' },
  notls: { program: 'notls', toolchain: 'machine' },
  sockets: { program: 'sockets', toolchain: 'machine' },
  arm64: { program: 'idle', toolchain: 'machine', environment: { GOARCH: 'arm64' } },
  bits32: { program: 'notls', toolchain: 'machine', environment: { GOARCH: '386' } },
};

export type GoBuildName =
  | 'machine'
  | 'external'
  | 'stripped121'
  | 'strippedPie127'
  | 'stackAbi116'
  | 'noInlining'
  | 'race'
  | 'wrapped'
  | 'wrapped116'
  | 'wrapped127'
  | 'webserver'
  | 'fetch'
  | 'write'
  | 'faults'
  | 'edges'
  | 'edges116'
  | 'load'
  | 'keylog'
  | 'keylogStackAbi'
  | 'keylogStrippedPie'
  | 'quickeys'
  | 'idle'
  | 'notls'
  | 'sockets'
  | 'arm64'
  | 'bits32';

function exchange(build: Omit<GoBuild, 'program'>): GoBuild {
  return { program: 'exchange', ...build };
}
