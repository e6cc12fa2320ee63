import { expect, onTestFinished, test } from 'vitest';
import { Capture } from '../support/capture.ts';
import { compareStreams, endpointTruths } from '../support/compare-streams.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { runCommand } from '../support/run-command.ts';
import { RunningProgram } from '../support/running-program.ts';
import { assembleConnections } from '../support/streams.ts';

test('CAP_BPF and CAP_PERFMON are enough where the kernel has uprobe_multi', async (context) => {
  await needCapture(context);
  const wrapper = ['setpriv', '--bounding-set', '-all,+bpf,+perfmon', '--inh-caps', '-all'];
  const possible = await runCommand('setpriv', [...wrapper.slice(1), 'true'], { timeoutMs: 10_000 });
  if (possible.code !== 0) context.skip(`setpriv cannot drop capabilities: ${possible.stderr.trim()}`);
  const path = needProgram(context, 'machine');
  const program = await RunningProgram.start(path, ['-connections', '4', '-max', '20000']);
  onTestFinished(() => program.kill());
  const capture = await Capture.start({ args: ['gotls', '-e', path, '--raw', '--json'], wrapper });
  onTestFinished(() => capture.dispose());
  program.send('go');
  expect(await program.exit()).toBe(0);
  expect(await capture.stop()).toMatchObject({ code: 0 });

  const truths = endpointTruths(program.records());
  expect(compareStreams(truths, assembleConnections(capture.records()))).toEqual([]);
  // The link /proc/PID/exe may not be read with so little; what was probed is known all the same.
  expect(capture.records('open').map(({ exe }) => exe)).toEqual(truths.map(() => path));
});
