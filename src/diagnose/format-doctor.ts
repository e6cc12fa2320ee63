import { createPaint, type Paint } from '../util/paint.ts';
import type { DoctorLine } from './doctor-line.ts';

/**
 * One line a check, in columns; the remedy is on a line of its own below the detail. Ends with a newline.
 *
 *     ok    BTF         /sys/kernel/btf/vmlinux
 *     fail  privileges  CAP_BPF and CAP_PERFMON are missing
 *                       run it with sudo
 */
export function formatDoctor(lines: readonly DoctorLine[], options: { readonly color: boolean }): string {
  const paint = createPaint(options.color);
  const nameWidth = Math.max(0, ...lines.map(({ name }) => name.length));
  const indent = ' '.repeat(2 + statusWidth + 2 + nameWidth + 2);
  return lines
    .map(({ status, name, detail, remedy }) => {
      const first = `  ${paintStatus(paint, status)}  ${name.padEnd(nameWidth)}  ${detail}\n`;
      return remedy === '' ? first : `${first}${indent}${remedy}\n`;
    })
    .join('');
}

/** `{"checks":[…],"ok":true}` with one check on each line. Ends with a newline. */
export function formatDoctorJson(lines: readonly DoctorLine[]): string {
  const checks = lines.map((line) => `\n  ${JSON.stringify(line)}`).join(',');
  return `{"checks":[${checks}\n],"ok":${lines.every(({ status }) => status !== 'fail')}}\n`;
}

const statusWidth = 'fail'.length;

function paintStatus(paint: Paint, status: DoctorLine['status']): string {
  const styles = { ok: paint.green, warn: paint.yellow, fail: paint.red };
  return styles[status](status.padEnd(statusWidth));
}
