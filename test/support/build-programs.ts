import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { goBuilds } from './go-builds.ts';
import { provideGoProgram } from './go-program.ts';
import type { Provided } from './provided.ts';
import { esbuildReleases, provideRealProgram } from './real-program.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Programs under test, by the name of their build, or `esbuild@VERSION`: a path, or why there is none. */
    programs: Readonly<Record<string, Provided<string>>>;
    /** A folder for files of this run; everybody may enter it. */
    scratch: string;
  }
}

/**
 * Runs once before the end-to-end tests, so that no test waits for a compiler or a download. What it returns runs after
 * them.
 */
export async function setup(project: TestProject): Promise<() => void> {
  const [built, downloaded] = await Promise.all([
    collect(
      Object.entries(goBuilds),
      ([name]) => name,
      ([, build]) => provideGoProgram(build),
    ),
    collect(esbuildReleases, (release) => `esbuild@${release.version}`, provideRealProgram),
  ]);
  project.provide('programs', { ...built, ...downloaded });
  const scratch = mkdtempSync(join(tmpdir(), 'tlstap-run-'));
  chmodSync(scratch, 0o755);
  project.provide('scratch', scratch);
  return () => rmSync(scratch, { recursive: true, force: true });
}

/** Two at a time: each compilation keeps both cores busy for most of its time, but not while it downloads or links. */
async function collect<Item>(
  items: readonly Item[],
  name: (item: Item) => string,
  provide: (item: Item) => Promise<Provided<string>>,
): Promise<Record<string, Provided<string>>> {
  const results: Record<string, Provided<string>> = {};
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      results[name(item)] = await provide(item);
    }
  };
  await Promise.all([worker(), worker()]);
  return results;
}
