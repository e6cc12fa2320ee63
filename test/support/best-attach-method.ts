/** The best way of attaching that a kernel of this release has, as tlstap calls it: less would go unseen, but lose bytes. */
export function bestAttachMethod(release: string): string {
  const [major = 0, minor = 0] = release.split('.').map(Number);
  const version = major * 1000 + minor;
  if (version >= 6006) return 'uprobe_multi, sleepable';
  if (version >= 6001) return 'perf, sleepable';
  return version >= 5015 ? 'perf' : 'perf, one program per site';
}
