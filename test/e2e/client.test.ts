import { expect, onTestFinished, test } from 'vitest';
import { Capture } from '../support/capture.ts';
import { pseudoRandomText } from '../support/pseudo-random.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { RunningProgram } from '../support/running-program.ts';

test.for([
  ['http/1.1', ['-http1']],
  ['h2', []],
] as const)(
  "a Go client's requests and their responses, seen from the client: %s",
  async ([protocol, args], context) => {
    await needCapture(context);
    const server = await RunningProgram.start(needProgram(context, 'webserver'));
    onTestFinished(() => server.kill());
    const path = needProgram(context, 'fetch');
    const url = `https://localhost:${server.port}/echo`;
    const body = pseudoRandomText(20_000, 2).toString();
    const client = await RunningProgram.start(path, [...args, '-times', '3', '-body', body, url]);
    onTestFinished(() => client.kill());
    const json = await Capture.start({ args: ['gotls', '-e', path, '--json'] });
    onTestFinished(() => json.dispose());
    const text = await Capture.start({ args: ['gotls', '--pid', String(client.pid)] });
    onTestFinished(() => text.dispose());
    client.send('go');
    expect(await client.exit()).toBe(0);
    expect(client.records('response')).toHaveLength(3);
    await text.exit();
    await json.stop();

    expect(json.records('open')).toMatchObject([{ role: 'client', pid: client.pid, comm: 'fetch' }]);
    expect(json.records('open')[0]).toMatchObject({ remote: { address: '127.0.0.1', port: server.port } });
    const exchanges = json.records('exchange');
    expect(exchanges).toHaveLength(3);
    for (const exchange of exchanges) {
      expect(exchange).toMatchObject({
        protocol,
        request: { method: 'POST', url, body: { text: body } },
        response: { status: 200, body: { text: body } },
        gaps: 0,
        joinedLate: false,
      });
    }
    const output = text.output().toString();
    const heads = output.split('\n').filter((line) => /^\d\d:\d\d:\d\d\.\d{3} /.test(line));
    expect(heads).toHaveLength(6);
    expect(heads.filter((line) => line.includes(`→ 127.0.0.1:${server.port}  #1  POST ${url}`))).toHaveLength(
      3,
    );
    expect(heads.filter((line) => line.includes(`← 127.0.0.1:${server.port}  #1  200 OK`))).toHaveLength(3);
  },
);
