import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectPaths } from '../support/project-paths.ts';

export interface Cell {
  readonly row: string;
  readonly column: string;
}

/** What a cell of a table came to. `docs/matrix.md` is made of these. */
export interface CellResult extends Cell {
  readonly table: string;
  readonly outcome: 'exact' | 'n/a' | 'failed';
  /** Of `n/a` and `failed`. */
  readonly reason: string;
  /** Connection ends that were compared, and the bytes they read and wrote. */
  readonly ends: number;
  readonly bytes: number;
  /** `2026-11-25` */
  readonly day: string;
  /** From 1; a run in which every cell was done is over. */
  readonly run: number;
}

const path = join(projectPaths.cache, 'matrix/results.json');

/**
 * Results of one table of the long matrix, kept so that a run that was interrupted goes on where it stopped. Once every
 * cell is done the next run does all of them again; `TLSTAP_MATRIX_ALL=1` begins anew at once.
 */
export class MatrixResults {
  readonly #table: string;
  readonly #run: number;

  constructor(table: string, cells: readonly Cell[]) {
    this.#table = table;
    const known = readResults().filter((result) => result.table === table);
    const last = Math.max(1, ...known.map(({ run }) => run));
    const isOver = cells.every((cell) => known.some((result) => isCell(result, cell) && result.run === last));
    this.#run = isOver || process.env['TLSTAP_MATRIX_ALL'] === '1' ? last + 1 : last;
  }

  /** What this run has already found; a failure is always tried again. */
  findDone(cell: Cell): CellResult | undefined {
    return readResults().find(
      (result) => this.#isOurs(result, cell) && result.run === this.#run && result.outcome !== 'failed',
    );
  }

  record(result: Omit<CellResult, 'table' | 'day' | 'run'>): void {
    const others = readResults().filter((other) => !this.#isOurs(other, result));
    const day = new Date().toISOString().slice(0, 10);
    const all = [...others, { table: this.#table, ...result, day, run: this.#run }];
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, `${JSON.stringify(all, null, 1)}\n`);
    renameSync(`${path}.new`, path);
  }

  #isOurs(result: CellResult, cell: Cell): boolean {
    return result.table === this.#table && isCell(result, cell);
  }
}

function isCell(result: Cell, { row, column }: Cell): boolean {
  return result.row === row && result.column === column;
}

function readResults(): CellResult[] {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as CellResult[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
