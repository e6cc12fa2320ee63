import { resolveTargets } from '../targets/resolve-targets.ts';
import type { StoppedCommand } from '../targets/stopped-command.ts';
import { escapeLine } from '../util/escape-text.ts';
import { exitCode, UserError } from '../util/user-error.ts';
import type { CaptureFlags } from './capture-flags.ts';
import { CaptureOutputs } from './capture-outputs.ts';
import { CommandFollower } from './command-follower.ts';
import { endCommand, openCommandFile, startCommand } from './command-target.ts';
import { chooseProbes, type ProbeChoice } from './choose-probes.ts';
import { detach } from './detach.ts';
import { followPaths } from './follow-paths.ts';
import { finishOutput } from './finish-output.ts';
import { goFamily } from './families.ts';
import { LateTargets } from './late-targets.ts';
import { LiveCapture, type LiveCaptureSettings, type PlannedTarget } from './live-capture.ts';
import { openOutputs, type OpenOutput } from './open-outputs.ts';
import { readPacketOptions } from './packet-options.ts';
import { announcePacketNotice, announcePackets } from './packet-messages.ts';
import { planOutputs } from './plan-outputs.ts';
import { planTarget } from './plan-target.ts';
import { ReadyFile } from './ready-file.ts';
import { RecordingFile } from './recording-file.ts';
import { announceEnd, announceStart, watchForSilence } from './status-messages.ts';
import { StatusOutput } from './status-output.ts';
import { StopWatch } from './stop-cause.ts';

/** `tlstap gotls`: from flags, packet filter and the words after `--`, if any, to exit code. */
export async function capture(
  flags: CaptureFlags,
  filter: readonly string[],
  words: readonly string[],
): Promise<number> {
  checkFlags(flags, words);
  const packets = readPacketOptions(flags, filter);
  const plan = planOutputs(flags, [goFamily.name], flags.record !== undefined);
  const probes = chooseProbes({
    modes: plan.modes,
    ties: plan.data === 'connections' || flags.record !== undefined,
    text: plan.plaintext !== null,
  });
  const ready = new ReadyFile(flags.readyFile);
  const status = new StatusOutput(flags.color);
  using watch = new StopWatch();
  const targets = planTargets(flags, words, probes);
  const opened = openOutputs(plan, flags, watch);
  const recording = openRecording(flags, watch);
  const command = words.length > 0 ? await startCommand(words, watch) : undefined;
  using live = startCapture({
    family: goFamily,
    targets,
    handshakesOnly: probes.handshakesOnly,
    flags,
    recording,
    watch,
    command,
    packets,
    onPacketNotice: (notice) => {
      if (!flags.quiet) announcePacketNotice(status, notice, flags.verbose === true);
    },
    onTargetEnd: (ended) => {
      if (!flags.quiet) announceEnd(status, ended);
    },
  });
  const outputs = new CaptureOutputs({
    outputs: opened.map((output) => output.begin(live.facts)),
    raw: flags.raw === true || plan.data !== 'everything',
    secrets: plan.secrets,
    packets: plan.packets !== null,
    startTimeNs: live.start.timeNs,
    count: flags.count,
    onCount: () => watch.stop({ type: 'count' }),
  });
  if (!flags.quiet) {
    announceStart(status, live, flags.verbose === true);
    if (live.packets) announcePackets(status, live.packets, findPacketPath(opened), flags.verbose === true);
  }
  using late = new LateTargets(live, goFamily, probes);
  const paths = followPaths(flags.elfpath, late, status, flags.quiet === true);
  using follower = flags.follow && command ? startFollowing(live, late, command, status) : undefined;
  ready.create();
  if (flags.duration !== undefined) watch.stopAfter(flags.duration);
  const silence = watchForSilence(status, live, outputs);
  live.run(outputs.handle, outputs.flush);
  command?.run();
  const cause = await watch.stopped;
  await follower?.stop();
  endCommand(command, cause);
  silence[Symbol.dispose]();
  paths[Symbol.dispose]();
  await live.stop();
  recording?.close();
  // Awaited here: whatever is `using` goes when this function returns, also a promise.
  return await finishOutput({
    outputs,
    channels: opened.map(({ channel }) => channel),
    status,
    flags,
    watch,
    ringBytes: live.ringBytes,
    afterSummary: () => detach(live, status),
  });
}

function findPacketPath(opened: readonly OpenOutput[]): string {
  return opened.find(({ packetPath }) => packetPath !== undefined)?.packetPath ?? '-';
}

function openRecording(flags: CaptureFlags, watch: StopWatch): RecordingFile | undefined {
  const { record: path } = flags;
  if (path === undefined) return undefined;
  return new RecordingFile(path, (error) =>
    watch.stop({ type: 'output-failed', error, path, flag: '--record' }),
  );
}

/** A command that cannot be captured must not stay behind, stopped. */
function startCapture(settings: LiveCaptureSettings): LiveCapture {
  try {
    return new LiveCapture(settings);
  } catch (error) {
    settings.command?.signal('SIGKILL');
    throw error;
  }
}

/** What it starts is looked at when it starts, itself included. */
function startFollowing(
  live: LiveCapture,
  late: LateTargets,
  command: StoppedCommand,
  status: StatusOutput,
): CommandFollower {
  try {
    const onRefusal = ({ message, reason }: UserError): void =>
      status.write(`  ${escapeLine(`${message}: ${reason}`, status.style.unicode)}\n`);
    return new CommandFollower({ live, late, pid: command.pid, onRefusal });
  } catch (error) {
    command.signal('SIGKILL');
    throw error;
  }
}

/** The command's own program need not be a target where others were named: it may be a script that starts one. */
function planTargets(flags: CaptureFlags, words: readonly string[], probes: ProbeChoice): PlannedTarget[] {
  const files = resolveTargets({ paths: flags.elfpath, pids: flags.pid });
  const planned = files.map((file) => ({ file, plan: planTarget(goFamily, file, probes) }));
  if (words.length === 0) return planned;
  const own = openCommandFile(words);
  if (files.some(({ key }) => key === own.key)) return planned;
  if (flags.follow) {
    own[Symbol.dispose]();
    return planned;
  }
  try {
    return [...planned, { file: own, plan: planTarget(goFamily, own, probes) }];
  } catch (error) {
    if (planned.length > 0 && error instanceof UserError) return planned;
    throw error;
  }
}

function checkFlags(flags: CaptureFlags, words: readonly string[]): void {
  if (flags.elfpath.length === 0 && flags.pid.length === 0 && words.length === 0) {
    throw new UserError({
      message: 'nothing to capture',
      reason: 'neither a program (-e PATH) nor a process (--pid N) nor a command (-- CMD) was given',
      remedy: 'for example: tlstap gotls -e /usr/bin/caddy',
      exitCode: exitCode.usage,
    });
  }
  if (flags.follow && words.length === 0) {
    throw new UserError({
      message: '--follow needs a command',
      reason: 'it captures what a command starts, and none was given after --',
      remedy: 'for example: tlstap gotls --follow -- ./build.sh',
      exitCode: exitCode.usage,
    });
  }
  if (flags.record === '-') {
    throw new UserError({
      message: 'a recording cannot go to stdout',
      reason: 'stdout carries the captured data',
      remedy: 'give --record a file name',
      exitCode: exitCode.usage,
    });
  }
  if (flags.btf === '2') {
    throw new UserError({
      message: 'cannot capture without kernel type information (-b 2)',
      reason: 'the BPF programs find kernel fields by BTF, and there are no others yet',
      remedy: 'leave out -b; to see whether this kernel has BTF: tlstap doctor',
      exitCode: exitCode.unsupported,
    });
  }
}
