import { findGoFunctions, type GoFunction } from '../../binary/go/functions.ts';
import type { GoTable } from '../../binary/go/go-table.ts';
import {
  memmoveNames,
  morestackNames,
  netReadName,
  netWriteName,
  noReturnNames,
  pollReadName,
  readerName,
  slicecopyName,
  tcpReadName,
  tlsFunctions,
  unixReadName,
} from './function-names.ts';

/** The functions of a program that planning asks for, by name and by address. */
export interface FunctionIndex {
  /** In address order; empty when there is none. */
  named(name: string): readonly GoFunction[];
  nameAt(address: number): string | undefined;
  /** Import paths of packages that hold a TLS connection: `crypto/tls` first, then its forks. */
  readonly tlsPackages: readonly string[];
  /** Names of the methods `Read` of other types in the forks among them, some of which stand in for `(*Conn).Read`. */
  readonly forkReads: readonly string[];
}

export function indexFunctions(table: GoTable): FunctionIndex {
  const functions = findGoFunctions(table, {
    exact: [
      ...memmoveNames,
      ...morestackNames,
      ...noReturnNames,
      readerName,
      slicecopyName,
      tcpReadName,
      unixReadName,
      pollReadName,
      netReadName,
      netWriteName,
    ],
    suffixes: Object.values(tlsFunctions),
  });
  const tlsPackages = findTlsPackages([...new Set(functions.map(({ name }) => name))]);
  const forkReads = findForkReads(table, tlsPackages);
  const byName = new Map<string, GoFunction[]>();
  const byAddress = new Map<number, string>();
  for (const found of [...functions, ...forkReads]) {
    const same = byName.get(found.name);
    if (same === undefined) byName.set(found.name, [found]);
    else same.push(found);
    byAddress.set(found.address, found.name);
  }
  return {
    named: (name) => byName.get(name) ?? [],
    nameAt: (address) => byAddress.get(address),
    tlsPackages,
    forkReads: [...new Set(forkReads.map(({ name }) => name))],
  };
}

/** `Read` is a name of so many methods that it is looked for only where there is a fork. */
function findForkReads(table: GoTable, tlsPackages: readonly string[]): readonly GoFunction[] {
  const forks = tlsPackages.filter((path) => path !== standard);
  if (forks.length === 0) return [];
  return findGoFunctions(table, { exact: [], suffixes: [').Read'] }).filter(({ name }) =>
    forks.some((path) => name.startsWith(`${path}.(*`) && name !== path + tlsFunctions.read),
  );
}

const standard = 'crypto/tls';

/** The function that writes records has a name that nothing else has; its package is a TLS package. */
function findTlsPackages(names: readonly string[]): readonly string[] {
  const packages = new Set(
    names
      .filter((name) => name.endsWith(tlsFunctions.write))
      .map((name) => name.slice(0, -tlsFunctions.write.length)),
  );
  // There although that function is not: something is odd about the program, but it has the package.
  if (names.some((name) => name.startsWith(`${standard}.(*Conn).`))) packages.add(standard);
  return [...packages].toSorted((a, b) => Number(b === standard) - Number(a === standard));
}
