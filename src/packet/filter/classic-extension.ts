import type { PacketDirection } from '../../event/event.ts';
import type { Assembler } from './assembler.ts';
import { opcode, register, skb } from './opcode.ts';

/**
 * Loads from SKF_LL_OFF on (include/uapi/linux/filter.h) ask Linux for what it knows beside a packet's bytes. Libpcap
 * has them in programs for captures that it did not open itself for `inbound`, `outbound` and `ifindex` only; they are
 * answered as for a packet socket of that direction. All others are refused.
 */
export function isUnknownExtension(offset: number): boolean {
  return offset >= SKF_LL_OFF && offset !== packetTypeExtension && offset !== interfaceExtension;
}

/** Whether the offset was that of an extension; if so, the accumulator becomes its value. */
export function emitExtension(assembler: Assembler, offset: number, direction: PacketDirection): boolean {
  switch (offset) {
    case packetTypeExtension:
      if (direction === 'out') {
        assembler.emit(opcode.moveImmediate32, register.accumulator, 0, 0, PACKET_OUTGOING);
      } else {
        assembler.emit(opcode.loadWord, register.accumulator, register.context, skb.packetType);
      }
      return true;
    case interfaceExtension:
      assembler.emit(opcode.loadWord, register.accumulator, register.context, skb.interfaceIndex);
      return true;
    default:
      return false;
  }
}

const SKF_LL_OFF = 0xffe0_0000;

/** SKF_AD_OFF + SKF_AD_PKTTYPE. */
const packetTypeExtension = 0xffff_f004;

/** SKF_AD_OFF + SKF_AD_IFINDEX. */
const interfaceExtension = 0xffff_f008;

/** include/uapi/linux/if_packet.h */
const PACKET_OUTGOING = 4;
