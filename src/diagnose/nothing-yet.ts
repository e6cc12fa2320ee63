import { escapeLine } from '../util/escape-text.ts';
import { formatList } from '../util/format-list.ts';
import { formatPlural } from '../util/format-plural.ts';

/** A process that runs one of the probed files. */
export interface IdleProcess {
  readonly pid: number;
  readonly comm: string;
  /** Libraries for TLS in its memory, e.g. `libssl.so.3`; empty when none, or when that could not be read. */
  readonly tlsLibraries: readonly string[];
}

export interface NothingYetFacts {
  /** Processes that run one of the probed files and pass the filters. */
  readonly processes: readonly IdleProcess[];
  /** The probed files. */
  readonly paths: readonly string[];
  /** The TLS code that is probed, e.g. `Go's crypto/tls`. */
  readonly tlsName: string;
  /** Events that the kernel side left out because of `--pid` or `--uid`. */
  readonly filteredEvents: number;
  /** Whether letters outside ASCII can be shown. */
  readonly unicode: boolean;
}

/** The line for a capture that has shown nothing for a while: indented, as what is said at the start, with its newline. */
export function formatNothingYet(facts: NothingYetFacts): string {
  return `  nothing yet: ${describe(facts)}\n`;
}

/**
 * Names of the libraries for TLS among the mapped files of /proc/PID/maps (proc_pid_maps(5)), in order of first
 * appearance, each once: `libssl.so.3`. Those that were deleted or replaced since count as well.
 */
export function findTlsLibraries(maps: string): readonly string[] {
  const names = new Set<string>();
  for (const [, name = ''] of maps.matchAll(mappedFile)) if (tlsLibrary.test(name)) names.add(name);
  return [...names];
}

function describe(facts: NothingYetFacts): string {
  const { processes, tlsName } = facts;
  if (facts.filteredEvents > 0) {
    const events = formatPlural(facts.filteredEvents, 'event');
    return `${events} came from processes or users other than those asked for`;
  }
  const [first] = processes;
  if (first === undefined) {
    const paths = formatList(
      facts.paths.map((path) => escapeLine(path, facts.unicode)),
      mostNamed,
    );
    return `no process runs ${paths}; what starts from now on is captured`;
  }
  const names = processes.map(({ comm, pid }) => `${escapeLine(comm, facts.unicode)}[${pid}]`);
  const [are, their] = processes.length === 1 ? ['is', 'its'] : ['are', 'their'];
  return `${formatList(names, mostNamed)} ${are} idle, or ${their} TLS is not ${tlsName}${mapped(facts)}.  See: tlstap inspect ${first.pid}`;
}

const mostNamed = 3;

function mapped({ processes, unicode }: NothingYetFacts): string {
  const libraries = [...new Set(processes.flatMap(({ tlsLibraries }) => tlsLibraries))];
  if (libraries.length === 0) return '';
  const verb = processes.length === 1 ? 'it also maps' : 'mapped too:';
  return ` (${verb} ${formatList(
    libraries.map((name) => escapeLine(name, unicode)),
    mostNamed,
  )})`;
}

/** The last component of a path that begins in column six of a line. */
const mappedFile = /^\S+ \S+ \S+ \S+ \S+ +\/(?:.*\/)?([^/\n]+?)(?: \(deleted\))?$/gm;

/** OpenSSL and what speaks its interface, GnuTLS, NSS (its TLS is libssl3), and the smaller ones. */
const tlsLibrary =
  /^(?:libssl|libssl3|libgnutls|libboringssl|libmbedtls|libwolfssl|libs2n|librustls|libbearssl|libtls|libsoftokn3|libnspr4)(?:[-_.\d]*)\.so(?:\.[\d.]+)?[a-z]?$/;
