import type { TestContext } from 'vitest';
import type { Cell, MatrixResults } from './results.ts';

/** What was compared in a cell, or why there is nothing to compare. */
export type CellFinding =
  | { readonly ends: number; readonly bytes: number }
  | { readonly notApplicable: string };

/** Does a cell of the matrix unless this run has done it already, and records what came of it. */
export async function runCell(
  context: TestContext,
  results: MatrixResults,
  cell: Cell,
  compare: () => Promise<CellFinding>,
): Promise<void> {
  const done = results.findDone(cell);
  if (done) {
    context.skip(
      `${done.outcome} on ${done.day}, in the run that goes on now; with -- --all it is done again`,
    );
  }
  const { row, column } = cell;
  let finding: CellFinding;
  try {
    finding = await compare();
  } catch (error) {
    results.record({ row, column, outcome: 'failed', reason: firstLine(error), ends: 0, bytes: 0 });
    throw error;
  }
  if ('notApplicable' in finding) {
    const reason = finding.notApplicable;
    results.record({ row, column, outcome: 'n/a', reason, ends: 0, bytes: 0 });
    context.skip(reason);
  } else {
    results.record({ row, column, outcome: 'exact', reason: '', ...finding });
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n')[0] ?? '';
}
