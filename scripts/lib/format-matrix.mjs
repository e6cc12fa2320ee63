/** @typedef {import('../../test/matrix/results.ts').CellResult} CellResult */

/**
 * The document that shows what the long matrix came to: a table for each of its parts, and the reasons of cells that are
 * not `exact` below it.
 * @param {readonly CellResult[]} results
 * @returns {string}
 */
export function formatMatrix(results) {
  const tables = [...new Set(results.map(({ table }) => table))].toSorted();
  return [introduction, ...tables.map((table) => formatTable(table, results))].join('\n');
}

const introduction = `# Matrix of compilers

Written by \`npm run test:matrix\`, which builds and runs every cell; do not edit.

**exact**: every stream, in both directions and at both ends, was captured with the length and the SHA-256 that the program
itself saw. **n/a**: nobody can make such a program, for the reason below the table. **failed**: it is not so.
`;

const columnOrder = [
  'default',
  '-s -w',
  'PIE -s -w',
  'external link',
  '-race',
  '-N -l',
  '-l',
  'boringcrypto',
  'GOFIPS140',
];

/** @type {Readonly<Record<string, string>>} */
const explanations = {
  compilers: `## Own programs, each release of Go

64 connections with TLS 1.2 and 64 with TLS 1.3 (from Go 1.12 on), client and server in one process: streams of 1 B to 300 kB both ways at once or in
turns, writes of 1 B to 300 kB, reads into buffers of 1 B to 1 MiB on the heap or on stacks that move, the garbage collector running all the time.
Programs with \`-race\` are started without address randomisation (\`setarch -R\`), which old sanitizers need on today's kernels.
`,
  esbuild: `## Releases of esbuild

\`esbuild serve\` over HTTPS, as it comes from npm: 64 connections, HTTP/1.1 and HTTP/2, TLS 1.2 and 1.3, requests and files of random size, compared with what the
client sent and received.
`,
};

/**
 * @param {string} table
 * @param {readonly CellResult[]} results
 */
function formatTable(table, results) {
  const cells = results.filter((result) => result.table === table);
  const rows = [...new Set(cells.map(({ row }) => row))].toSorted(compareVersions);
  const columns = [...new Set(cells.map(({ column }) => column))].toSorted(
    (left, right) => columnOrder.indexOf(left) - columnOrder.indexOf(right),
  );
  /** @type {string[]} */
  const reasons = [];
  const lines = rows.map((row) => {
    const texts = columns.map((column) =>
      formatCell(
        cells.find((cell) => cell.row === row && cell.column === column),
        reasons,
      ),
    );
    return `| ${[row, ...texts].join(' | ')} |`;
  });
  const exact = cells.filter(({ outcome }) => outcome === 'exact');
  const bytes = exact.reduce((sum, cell) => sum + cell.bytes, 0);
  const ends = exact.reduce((sum, cell) => sum + cell.ends, 0);
  const days = cells.map(({ day }) => day).toSorted();
  return [
    explanations[table] ?? `## ${table}\n`,
    `| | ${columns.map((column) => (column.startsWith('-') ? `\`${column}\`` : column)).join(' | ')} |`,
    `|---|${columns.map(() => '---|').join('')}`,
    ...lines,
    '',
    `${exact.length} cells exact: ${ends.toLocaleString('en')} connection ends, ${(bytes / 1e9).toFixed(2)} GB compared; ` +
      `run ${days[0] === days.at(-1) ? `on ${days[0]}` : `from ${days[0]} to ${days.at(-1)}`}.`,
    '',
    ...reasons.map((reason, index) => `${index + 1}. ${reason}`),
    ...(reasons.length > 0 ? [''] : []),
  ].join('\n');
}

/**
 * @param {CellResult | undefined} cell
 * @param {string[]} reasons footnotes so far; one of this cell is added
 */
function formatCell(cell, reasons) {
  if (cell === undefined) return 'not run';
  if (cell.outcome === 'exact') return 'exact';
  if (!reasons.includes(cell.reason)) reasons.push(cell.reason);
  return `${cell.outcome === 'n/a' ? 'n/a' : '**failed**'} (${reasons.indexOf(cell.reason) + 1})`;
}

/**
 * @param {string} left
 * @param {string} right
 */
function compareVersions(left, right) {
  const [a, b] = [left, right].map((version) => (/^[\d.]+/.exec(version)?.[0] ?? '').split('.').map(Number));
  for (let index = 0; index < 3; index++) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
