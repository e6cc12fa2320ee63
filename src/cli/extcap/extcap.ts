import { realpathSync } from 'node:fs';
import { exitCode, UserError } from '../../util/user-error.ts';
import { capture } from '../capture.ts';
import { version } from '../version.ts';
import { formatChoices, formatConfig, formatInterfaces, formatLinkTypes } from './describe-extcap.ts';
import { extcapInterface, type ExtcapFlags } from './extcap-flags.ts';
import { findGoProcesses, findInterfaces } from './find-choices.ts';
import { installExtcap } from './install-extcap.ts';
import { openFifo, watchReader } from './open-fifo.ts';

/** `tlstap extcap`: what Wireshark calls to list, describe and capture. Its answers are lines on stdout. */
export async function extcap(flags: ExtcapFlags): Promise<number> {
  if (flags.install !== undefined) {
    const folder = flags.install === true ? undefined : flags.install;
    const program = [process.execPath, realpathSync(process.argv[1] ?? '')];
    process.stdout.write(`${installExtcap(folder, program)}\n`);
    return exitCode.ok;
  }
  if (flags.extcapInterfaces) return print(formatInterfaces(version));
  if (flags.extcapInterface !== undefined && flags.extcapInterface !== extcapInterface) {
    throw usage(`there is no interface ${flags.extcapInterface}`, `the only one is ${extcapInterface}`);
  }
  if (flags.extcapDlts) return print(formatLinkTypes());
  if (flags.extcapConfig) return print(describeConfig(flags.extcapReloadOption));
  if (flags.capture) return captureInto(flags);
  throw usage(
    'nothing was asked for',
    'Wireshark calls this; to make it known there: tlstap extcap --install',
  );
}

function print(text: string): number {
  process.stdout.write(text);
  return exitCode.ok;
}

/** Without its dashes, the option whose choices are looked for again. */
function describeConfig(reload: string | undefined): string {
  if (reload === 'pid') return formatChoices(1, [{ value: '', display: 'none' }, ...findGoProcesses()]);
  return formatConfig(findGoProcesses(), findInterfaces());
}

async function captureInto(flags: ExtcapFlags): Promise<number> {
  const { fifo, elfpath = '', pid = '', ifname = '', snaplen } = flags;
  if (fifo === undefined) throw usage('--capture needs --fifo', 'Wireshark gives both');
  if (elfpath === '' && pid === '') {
    throw usage(
      'neither a program nor a process was chosen',
      "choose one in Wireshark's options of the interface (the gear beside its name)",
    );
  }
  if (pid !== '' && !/^\d+$/.test(pid)) throw usage(`${pid} is no process`, 'choose one of the list');
  const isOnlyProcess = pid !== '' && flags.onlyProcess !== 'false';
  // Held open to the end: a reader that finds no writer takes that for the end of the capture.
  await openFifo(fifo);
  const watch = watchReader(fifo);
  const code = await capture(
    {
      elfpath: elfpath === '' ? (isOnlyProcess ? [] : [`/proc/${pid}/exe`]) : [elfpath],
      pid: isOnlyProcess ? [Number(pid)] : [],
      uid: [],
      btf: '0',
      ifname: ifname === '' ? [] : [ifname],
      ...(snaplen !== undefined && { snaplen }),
      model: new Set(['pcap']),
      pcapfile: fifo,
      quiet: true,
      color: 'never',
    },
    flags.extcapCaptureFilter === undefined ? [] : [flags.extcapCaptureFilter],
    [],
  );
  watch[Symbol.dispose]();
  return code;
}

function usage(reason: string, remedy: string): UserError {
  return new UserError({ message: 'extcap', reason, remedy, exitCode: exitCode.usage });
}
