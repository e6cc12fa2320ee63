import { expect, test } from 'vitest';
import { openFileSource } from '../../../src/binary/file-source.ts';
import { planGo } from '../../../src/family/go/plan-go.ts';
import { goBuilds } from '../../support/go-builds.ts';
import { provideGoProgram } from '../../support/go-program.ts';
import { goEnvironment, provideGoToolchain } from '../../support/go-toolchain.ts';
import { needProvided } from '../../support/need-provided.ts';
import { runCommand } from '../../support/run-command.ts';

test('sites are the instructions that Go itself sees there', async (context) => {
  const path = needProvided(context, await provideGoProgram(goBuilds.machine));
  const go = needProvided(context, await provideGoToolchain('machine'));
  const pattern = String.raw`^(crypto/tls\.\(\*(Conn|Config)\)\.(Read|Close|writeRecordLocked|writeKeyLog)|net\.\(\*netFD\)\.Write)$`;
  const disassembly = await runCommand(go.command, ['tool', 'objdump', '-s', pattern, path], {
    env: goEnvironment(),
    timeoutMs: 200_000,
  });
  expect(disassembly.stderr).toBe('');
  const instructions = new Map<number, { readonly bytes: string; readonly text: string }>();
  for (const match of disassembly.stdout.matchAll(/^\s*\S+:\d+\s+0x([0-9a-f]+)\s+([0-9a-f]+)\s+(.+)$/gm)) {
    const [, address = '', bytes = '', text = ''] = match;
    instructions.set(Number.parseInt(address, 16), { bytes, text: text.trim() });
  }

  const opened = openFileSource(path);
  if (!opened.ok) throw new Error(opened.problem.detail);
  using source = opened.source;
  const result = planGo(source, path);
  if (!result.ok) throw new Error(result.refusal.reason);
  for (const { address, bytes } of result.plan.sites) expect(instructions.get(address)?.bytes).toBe(bytes);
  const texts = result.plan.sites.map(({ role, address }) => [role, instructions.get(address)?.text ?? '']);
  expect(Object.fromEntries(texts)).toEqual({
    write: expect.stringMatching(/^JBE 0x/) as unknown,
    read: 'CALL runtime.memmove(SB)',
    secrets: expect.stringMatching(/^JBE 0x/) as unknown,
    close: expect.stringMatching(/^JBE 0x/) as unknown,
    socket: expect.stringMatching(/^JBE 0x/) as unknown,
  });

  // Every return that a fallback would probe, and no other.
  const spill = planGo(source, path, { strategies: ['ret-spill'] });
  const probed = spill.ok ? spill.plan.sites.filter(({ kind }) => kind === 'go-read-return') : [];
  const [, ofRead = ''] = disassembly.stdout.split(/^TEXT crypto\/tls\.\(\*Conn\)\.Read\(SB\).*$/m);
  const [own = ''] = ofRead.split(/^TEXT /m);
  const returns = [...own.matchAll(/0x([0-9a-f]+)\s+[0-9a-f]+\s+RET\s*$/gm)].map(([, address = '']) =>
    Number.parseInt(address, 16),
  );
  expect(returns.length).toBeGreaterThan(0);
  expect(probed.map(({ address }) => address)).toEqual(returns);
}, 300_000);
