/** What can be checked of one program in another kernel, and how the result calls it. */
export const checkTitles = {
  streams: 'every byte of every connection',
  collector: 'with the garbage collector always on',
  'accessed-flags': 'with the accessed flags of its pages cleared all the time',
  ipv6: 'IPv6 addresses',
  'unix-socket': 'Unix sockets',
  returns: 'read found at returns',
  'joined-returns': 'read found at returns joined by goroutine',
  entries: 'write found at the function entry',
  killed: 'nothing is left after SIGKILL',
  interrupted: 'nothing is left after SIGINT',
  'missing-pages': 'pages that are not in memory',
  'late-page': 'while one read waits for a page, all others go on',
  'key-log': 'the secrets that the program logs itself',
  packets: 'packets of every connection, with its secrets',
} as const;

export type CheckName = keyof typeof checkTitles;

/** In there everything is emulated: a guard against hangs, not a measure. */
export const limitMs = 300_000;

/** For tlstap to catch up with what a program has done. */
export const patienceMs = 60_000;
