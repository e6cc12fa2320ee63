import { KernelPrograms } from '../capture/kernel-programs.ts';
import { PacketPrograms } from '../capture/packet-programs.ts';
import { findTcMethod } from '../capture/tc-hook.ts';
import { doctorExitCode } from '../diagnose/doctor-exit-code.ts';
import { formatDoctor, formatDoctorJson } from '../diagnose/format-doctor.ts';
import { readRealEnvironment } from '../diagnose/read-real-environment.ts';
import { runDoctor } from '../diagnose/doctor.ts';
import { goFamily, readObject, readObjectFile } from './families.ts';
import { wantsColor } from './terminal.ts';

export function doctor(flags: { readonly json?: true }): number {
  const lines = runDoctor(readRealEnvironment(probeAttach, probePackets));
  const text = flags.json
    ? formatDoctorJson(lines)
    : formatDoctor(lines, { color: wantsColor('auto', process.stdout.isTTY) });
  process.stdout.write(text);
  return doctorExitCode(lines);
}

/** Loads the real programs, as a capture would, and lets them go. */
function probeAttach(): string {
  using programs = new KernelPrograms({
    objectBytes: readObject(goFamily),
    programPrefix: goFamily.programPrefix,
    profilesMap: goFamily.profilesMap,
    ringBytes: 64 * 1024,
    filterPids: false,
    filterUids: false,
    handshakesOnly: false,
  });
  return programs.method;
}

function probePackets(): string {
  using programs = new PacketPrograms({
    objectBytes: readObjectFile('packets'),
    sharedMaps: new Map(),
    filterPids: false,
    filterUids: false,
    snapLengthBytes: 0,
    compileFilter: () => null,
  });
  return findTcMethod(programs.programFd);
}
