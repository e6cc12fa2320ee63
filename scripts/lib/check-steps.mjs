import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { bpfFlags, bpfSources } from './build-bpf.mjs';
import { projectRoot } from './project-root.mjs';

/**
 * @typedef {{ name: string, command: string, args: readonly string[] }} CheckStep
 *
 * Everything that `npm run check` runs, cheapest first. The tools are those of node_modules, run without npx's start-up.
 * @returns {CheckStep[]}
 */
export function checkSteps() {
  return [
    nodeTool('format', 'oxfmt/bin/oxfmt', ['--check']),
    nodeTool('lint', 'oxlint/bin/oxlint', ['--type-aware', '--deny-warnings']),
    nodeTool('types', 'typescript/bin/tsc', ['-p', 'tsconfig.json']),
    nodeTool('types of scripts', 'typescript/bin/tsc', ['-p', 'scripts/tsconfig.json']),
    nodeTool('unused code', 'knip/bin/knip.js', ['--no-progress']),
    { name: 'shell', command: 'bash', args: ['-n', ...shellScripts()] },
    ...bpfSources().map((source) => ({
      name: `warnings in ${source}`,
      command: 'clang',
      args: [...bpfFlags(), '-Werror', '-fsyntax-only', source],
    })),
  ];
}

/**
 * @param {string} name
 * @param {string} path inside node_modules
 * @param {readonly string[]} args
 * @returns {CheckStep}
 */
function nodeTool(name, path, args) {
  return { name, command: process.execPath, args: [join(projectRoot, 'node_modules', path), ...args] };
}

/** `bash -n` takes one script; the others would be its arguments, so there must be one. */
function shellScripts() {
  const scripts = readdirSync(join(projectRoot, '.ci')).map((name) => join('.ci', name));
  if (scripts.length !== 1) throw new Error('check-steps: give each shell script a step of its own');
  return scripts;
}
