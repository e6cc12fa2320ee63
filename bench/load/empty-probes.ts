// Run as a process of its own: attaches empty programs where tlstap would put its own for text, says `ready`, and
// stays until its standard input ends.
//
//   node empty-probes.js OBJECT PROGRAM
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { BpfObject } from '../../src/bpf/bpf-object.ts';
import { UprobeMultiLink, uprobeMultiAttachType } from '../../src/bpf/uprobe-multi-link.ts';
import { goFamily } from '../../src/cli/families.ts';
import { openTargetPath } from '../../src/targets/open-target.ts';

const [objectPath = '', program = ''] = process.argv.slice(2);
using target = openTargetPath(program);
const result = goFamily.plan(target.source, program);
if (!result.ok) throw new Error(result.refusal.message);
const sites = result.plan.sites
  .filter(({ role }) => role !== 'secrets')
  .map(({ fileOffset }, cookie) => ({ fileOffset, cookie }));
using object = BpfObject.load({
  bytes: readFileSync(objectPath),
  program: 'empty_sleepable',
  expectedAttachType: uprobeMultiAttachType,
});
const link = new UprobeMultiLink(object.programFd, target.attachPath, sites);
console.log('ready');
await once(process.stdin.resume(), 'end');
link[Symbol.dispose]();
