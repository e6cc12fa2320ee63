// npm run build: dist/main.js and the BPF objects; does nothing where they are up to date.
import { buildBpf } from './lib/build-bpf.mjs';
import { buildTypescript } from './lib/build-typescript.mjs';
import { runMain } from './lib/run-main.mjs';

await runMain(async () => {
  await Promise.all([buildTypescript(), buildBpf()]);
  return 0;
});
