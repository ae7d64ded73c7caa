// Closes a test run: what ran on real servers and what had none, each skip with its reason, each failure with its first words (of a
// long run the end is what is kept), then one line of numbers.
// A suite that needs a server says so in a title: `… [on nats-server]`; one that is skipped says why: `… [skipped: no …]`.

import { rmSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

export default class TestReport {
  onRunComplete(_, results) {
    if (process.env.GONGKAI_STORIES) rmSync(process.env.GONGKAI_STORIES, { recursive: true, force: true });
    const tests = results.testResults.flatMap(file => file.testResults);
    const lines = [...this.servers(tests), ...this.skips(tests), ...this.failures(tests), ...this.unloaded(results.testResults)];
    const broken = results.testResults.filter(file => file.testExecError).length;
    const skipped = results.numPendingTests + results.numTodoTests;
    lines.push(`${results.numPassedTests} passed, ${results.numFailedTests + broken} failed, ${skipped} skipped`);
    // Jest adds its own summary after every other reporter; the numbers are the last line.
    process.once('exit', () => process.stdout.write(`\n${lines.join('\n')}\n`));
  }

  servers(tests) {
    const suites = new Map();
    for (const test of tests) {
      const server = /\[on ([^\]]+)\]/.exec(test.fullName)?.[1];
      if (!server) continue;
      const suite = plain(test.ancestorTitles[0] ?? test.title);
      const known = suites.get(suite) ?? { server, ran: 0, reason: undefined };
      if (test.status === 'passed' || test.status === 'failed') known.ran += 1;
      known.reason ??= reasonOf(test);
      suites.set(suite, known);
    }
    if (suites.size === 0) return ['真实服务器：本次没有需要服务器的测试 / on real servers: no suite of this run needs one'];
    return [...suites].map(([suite, { server, ran, reason }]) =>
      ran > 0 ? `${server}: ${suite} (${ran})` : `${server}: 未运行 / not run: ${suite}: ${reason ?? '未说明 / no reason given'}`,
    );
  }

  skips(tests) {
    return tests
      .filter(test => test.status === 'pending' || test.status === 'todo')
      .map(test => `跳过 / skipped: ${plain(test.fullName)}: ${reasonOf(test) ?? '未说明 / no reason given'}`);
  }

  failures(tests) {
    return tests
      .filter(test => test.status === 'failed')
      .map(test => `失败 / failed: ${plain(test.fullName)}: ${wordsOf(test.failureMessages[0])}`);
  }

  unloaded(files) {
    return files
      .filter(file => file.testExecError)
      .map(file => `失败 / failed: ${relative('dist', file.testFilePath)}: ${wordsOf(file.failureMessage)}`);
  }
}

const wordsMost = 500;

function wordsOf(message) {
  const words = stripVTControlCharacters(message ?? '').replace(/\s+/g, ' ');
  return words.length > wordsMost ? `${words.slice(0, wordsMost)} …` : words;
}

function plain(title) {
  return title.replace(/\s*\[(on|skipped:) [^\]]*\]/g, '').trim();
}

function reasonOf(test) {
  return /\[skipped: ([^\]]+)\]/.exec(test.fullName)?.[1];
}
