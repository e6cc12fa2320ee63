import type { FuzzTarget } from './fuzz-target.ts';
import { content } from './targets/content.ts';
import { filter, filterExpression, filterKernel } from './targets/filters.ts';
import { hpack } from './targets/hpack.ts';
import { chunked, http1 } from './targets/http1.ts';
import { http2 } from './targets/http2.ts';
import { arm64, goCode, goCodeArm64, x8664 } from './targets/machine-code.ts';
import { handshakes, packetHeaders } from './targets/packet-headers.ts';
import { clientHello, netlink, quic } from './targets/packets.ts';
import { elf, goTable } from './targets/programs.ts';
import { pipeline, recording } from './targets/recording.ts';
import { records } from './targets/records.ts';
import { keyLog, systemText } from './targets/texts.ts';
import { grpc, protobuf, serverSentEvents, webSocket } from './targets/units.ts';

/** Every parser of what others wrote: files, memory, kernel, network. */
export const fuzzTargets: readonly FuzzTarget[] = [
  ...[elf, goTable, x8664, arm64, goCode, goCodeArm64],
  ...[records, recording, pipeline],
  ...[http1, chunked, http2, hpack, content],
  ...[webSocket, serverSentEvents, grpc, protobuf],
  ...[filter, filterExpression, filterKernel],
  ...[packetHeaders, handshakes, clientHello, quic, netlink],
  ...[keyLog, systemText],
];
