import { Command, Option } from 'commander';
import { parseModes } from './modes.ts';
import {
  collectCount,
  collectText,
  parseCount,
  parseFileSize,
  parseSeconds,
  parseSize,
} from './parse-values.ts';
import type { ExtcapFlags } from './extcap/extcap-flags.ts';
import type { CaptureFlags } from './capture-flags.ts';
import type { ColorChoice } from './terminal.ts';
import { version } from './version.ts';

/** The command tree. It only declares: what a command does is loaded when it is called, so that help stays quick. */
export function createProgram(words: readonly string[], onExitCode: (code: number) => void): Command {
  const program = new Command('tlstap')
    .description('Shows what TLS programs say, without touching them: eBPF probes on their own TLS code.')
    .version(version, '-V, --version')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: false })
    .showHelpAfterError('(see: tlstap --help)')
    .exitOverride()
    .addHelpText('beforeAll', examples)
    .addHelpText('after', footer);
  addGotls(program, words, onExitCode);
  program
    .command('inspect')
    .argument('<path|pid>', 'a program file, or the number of a process')
    .description('print what would be probed, where and why, or why not; needs no root')
    .option('--json', 'as JSON')
    .option('-v, --verbose', 'every check')
    .addOption(
      new Option('--color <when>', 'auto, always or never')
        .choices(['auto', 'always', 'never'])
        .default('auto'),
    )
    .action(async (target: string, flags: { json?: true; verbose?: true; color: ColorChoice }) => {
      const { inspect } = await import('./inspect.ts');
      onExitCode(inspect(target, flags));
    });
  program
    .command('doctor')
    .description('check kernel, privileges and libraries')
    .option('--json', 'as JSON')
    .action(async (flags: { json?: true }) => {
      const { doctor } = await import('./doctor.ts');
      onExitCode(doctor(flags));
    });
  addReplay(program, onExitCode);
  addExtcap(program, onExitCode);
  return program;
}

function addGotls(program: Command, words: readonly string[], onExitCode: (code: number) => void): void {
  const command = program
    .command('gotls')
    .alias('tlsgo')
    .description("capture from programs that use Go's crypto/tls")
    .usage('[options] [filter] [-- command [args...]]')
    .argument('[filter...]', 'of packets (-m pcap): an expression as for tcpdump')
    .addHelpText('before', gotlsExamples);
  command
    .optionsGroup('What to capture:')
    .option(
      '-e, --elfpath <path>',
      'program file to probe, also for processes started later; repeatable',
      collectText,
      [],
    )
    .option(
      '-p, --pid <number>',
      'only this process (alone: probe what it runs); repeatable',
      collectCount,
      [],
    )
    .option('-u, --uid <number>', 'only processes of this user; repeatable', collectCount, [])
    .option('--follow', 'with -- command: also what the command starts, whichever programs those are');
  addPacketOptions(command);
  command
    .optionsGroup('How long:')
    .option('--duration <seconds>', 'stop after this time', parseSeconds)
    .option('--count <number>', 'stop after this many exchanges', parseCount)
    .optionsGroup('Buffers:')
    .option(
      '--buffer-size <size>',
      'ring buffer, e.g. 64M; rounded up to a power of two (default 32M, with -m pcap 64M)',
      parseSize,
    )
    .option('--mapsize <pages>', 'the same in pages of 4 KiB per CPU', parseCount)
    .addOption(
      new Option('-b, --btf <mode>', 'kernel type information: 0 and 1 use it, 2 does without')
        .choices(['0', '1', '2'])
        .default('0'),
    );
  addOutputOptions(command)
    .option('--record <file>', 'also keep everything for tlstap replay; alone it prints nothing')
    .option('--ready-file <file>', 'create this file when everything is attached')
    .action(async (filter: readonly string[], flags: CaptureFlags) => {
      const { capture } = await import('./capture.ts');
      onExitCode(await capture(flags, filter, words));
    });
}

function addPacketOptions(command: Command): void {
  command
    .optionsGroup('Packets (-m pcap):')
    .option(
      '-i, --ifname <interface>',
      'capture on it; repeatable; any: all; NAMESPACE:INTERFACE, the namespace by name, path or process ' +
        '(default: those that carry the connections of the programs)',
      collectText,
      [],
    )
    .option('--snaplen <bytes>', 'at most this much of each packet', parseCount)
    .addOption(
      new Option('--direction <direction>', 'only packets that come in or go out').choices(['in', 'out']),
    );
}

function addReplay(program: Command, onExitCode: (code: number) => void): void {
  addOutputOptions(
    program
      .command('replay')
      .argument('<file>', 'written by --record')
      .description('run a recording through the same output'),
  ).action(async (file: string, flags: CaptureFlags) => {
    const { replay } = await import('./replay.ts');
    onExitCode(await replay(file, flags));
  });
}

function addExtcap(program: Command, onExitCode: (code: number) => void): void {
  program
    .command('extcap')
    .description('what Wireshark calls to capture from its own window; --install makes it known there')
    .option('--install [folder]', "write a starter into Wireshark's folder for extcap programs")
    .optionsGroup('Called by Wireshark:')
    .option('--extcap-interfaces', 'list what can be captured')
    .option('--extcap-version [version]', "Wireshark's version")
    .option('--extcap-interface <name>', 'the one that is meant')
    .option('--extcap-dlts', 'its link types')
    .option('--extcap-config', 'its options')
    .option('--extcap-reload-option <option>', 'look again for the choices of one')
    .option('--extcap-capture-filter <expression>', 'an expression as for tcpdump')
    .option('--capture', 'capture')
    .option('--fifo <path>', 'to this named pipe')
    .option('--elfpath <path>', 'program whose secrets are taken')
    .option('--pid <number>', 'process whose secrets are taken')
    .option('--only-process [true|false]', 'with --pid: no packets of others (default true)')
    .option('--ifname <interface>', 'as -i of gotls')
    .option('--snaplen <bytes>', 'at most this much of each packet', parseCount)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async (flags: ExtcapFlags) => {
      const { extcap } = await import('./extcap/extcap.ts');
      onExitCode(await extcap(flags));
    });
}

function addOutputOptions(command: Command): Command {
  return command
    .optionsGroup('Output:')
    .option(
      '-m, --model <modes>',
      'what to give: text, keylog, pcap, or several with commas (default text)',
      parseModes,
    )
    .option(
      '-k, --keylogfile <file>',
      'append secrets to this file, for Wireshark; - is stdout (default tlstap_gotls_key.log)',
    )
    .option(
      '-w, --pcapfile <file>',
      'packets and their secrets as pcapng; - is stdout (default tlstap_gotls.pcapng, never overwritten)',
    )
    .option('-c, --packet-count <number>', 'stop after this many packets', parseCount)
    .option('-C <size>', 'another file after this many million bytes, or with a unit: 64M', parseFileSize)
    .option('-G <seconds>', 'another file after this time; its name is a format for strftime', parseCount)
    .option('-W <number>', 'with -C: as many files, in turn; with -G: stop after as many', parseCount)
    .option('--pcap-plaintext <file>', 'decrypted text as packets of TCP, for tools that cannot use secrets')
    .option('--json', 'JSON Lines')
    .option('--raw', 'no protocol parsing: bytes as they were captured')
    .option('--hex', 'hex dump of bodies and chunks')
    .option('-t, --tsize <bytes>', 'show at most this many bytes of each payload in text', parseSize)
    .option('-o, --output <file>', 'write captured data to a file')
    .option(
      '--filter <expression>',
      'only exchanges that fit, each when it is complete, e.g. \'status >= 500 && host ~ "shop"\'',
    )
    .option('-q, --quiet', 'one line per exchange, no banner')
    .option('-v, --verbose', 'also connections, reasons, HTTP/2 control frames')
    .addOption(
      new Option('--color <when>', 'auto, always or never')
        .choices(['auto', 'always', 'never'])
        .default('auto'),
    )
    .option('-d, --debug', 'what libbpf and the kernel say, stack traces');
}

const examples = `Examples:
  sudo tlstap gotls -e /usr/bin/caddy        what this program says over TLS, whenever it runs
  sudo tlstap gotls --pid 812                only this process
  sudo tlstap gotls -e ./server --json | jq  as JSON Lines
  sudo tlstap gotls -m keylog -e ./server    its TLS secrets, for Wireshark
  sudo tlstap gotls -m pcap -e ./server      packets that Wireshark decrypts
  tlstap inspect ./server                    what would be probed, and why; needs no root
  tlstap doctor                              is this machine ready?

`;

const gotlsExamples = `Examples:
  sudo tlstap gotls -e /usr/bin/caddy               text, as it happens
  sudo tlstap gotls --pid 812 -q                    one line per exchange
  sudo tlstap gotls -- ./fetch https://example.org  run a command and capture it from its first byte
  sudo tlstap gotls -e ./server --raw --json -o out.jsonl
  sudo tlstap gotls -m keylog -k keys.log -e ./server   then: wireshark -o tls.keylog_file:keys.log
  sudo tlstap gotls -m text,keylog -e ./server      both in one run
  sudo tlstap gotls -m pcap -i any -w out.pcapng -e ./server   then: wireshark out.pcapng
  sudo tlstap gotls -m pcap -w - --pid 812 tcp port 443 | wireshark -k -i -
  sudo tlstap gotls -e ./server --record bug.tlstap   for: tlstap replay bug.tlstap

`;

const footer = `
Exit codes: 0 done (Ctrl-C included), 1 failed while running, 2 usage, 3 target not usable,
            4 missing privilege, 5 kernel or library not supported
It shows secrets: passwords, cookies and tokens of the programs it watches. Files are made readable by you only.
`;
