// npm run layout: writes src/event/kernel-layout.ts from the type information of bpf/layout.c, so that the layout between
// kernel and user space is written once, in C. With --check it only says whether the committed file is fresh.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bpfFlags } from './lib/build-bpf.mjs';
import { formatLayout } from './lib/format-layout.mjs';
import { projectRoot } from './lib/project-root.mjs';
import { readBtf } from './lib/read-btf.mjs';
import { runCommand } from './lib/run-command.mjs';
import { runMain } from './lib/run-main.mjs';
import { StepFailure } from './lib/step-failure.mjs';

const target = 'src/event/kernel-layout.ts';

await runMain(async () => {
  const layout = formatLayout(readBtf(await compile()));
  if (!process.argv.includes('--check')) {
    writeFileSync(join(projectRoot, target), layout);
  } else if (readFileSync(join(projectRoot, target), 'utf8') !== layout) {
    throw new StepFailure(`${target} does not match bpf/events.h`, { remedy: 'run: npm run layout' });
  }
  return 0;
});

async function compile() {
  const folder = mkdtempSync(join(tmpdir(), 'tlstap-layout-'));
  try {
    const object = join(folder, 'layout.o');
    const { code, output } = await runCommand('clang', [...bpfFlags(), '-c', 'bpf/layout.c', '-o', object], {
      cwd: projectRoot,
    });
    if (code !== 0) throw new StepFailure('clang cannot compile bpf/layout.c', { detail: output });
    return readFileSync(object);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
