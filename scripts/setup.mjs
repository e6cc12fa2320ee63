// npm run setup [PURPOSE…]: installs what is missing and builds. Purposes: build, demo, test (default), bench, fresh.
import { runMain } from './lib/run-main.mjs';
import { setUp } from './lib/set-up.mjs';
import { StepFailure } from './lib/step-failure.mjs';
import { systemPackages } from './lib/system-packages.mjs';

await runMain(async () => {
  const known = new Set(systemPackages.flatMap(({ neededFor }) => neededFor));
  const purposes = process.argv.slice(2).map((word) => {
    const purpose = [...known].find((name) => name === word);
    if (purpose === undefined)
      throw new StepFailure(`unknown purpose ${word}; known: ${[...known].join(', ')}`);
    return purpose;
  });
  await setUp(purposes.length > 0 ? purposes : ['demo', 'test']);
  return 0;
});
