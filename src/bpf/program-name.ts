/** Programs that stay behind (a filter of clsact after a kill) are recognised by it. */
const prefix = 'tlstap_';

/** BPF_OBJ_NAME_LEN of the kernel is 16, the NUL included; letters, digits, `_` and `.` are allowed. */
const mostLetters = 15;

/** The name that the kernel shows: `filter` → `tlstap_filter`. */
export function programName(name: string): string {
  return `${prefix}${name.replaceAll(/[^\w.]/g, '_')}`.slice(0, mostLetters);
}

export function isOurProgram(name: string): boolean {
  return name.startsWith(prefix);
}
