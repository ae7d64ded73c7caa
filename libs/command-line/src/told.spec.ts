import { describe, expect, it } from '@jest/globals';
import { InvalidArgumentError } from 'commander';
import { commandLine } from './index.js';

function notWhole(): never {
  throw new InvalidArgumentError('须为整数 / a whole number');
}

/** What a command line says of what was typed. */
function said(...typed: string[]): string {
  let written = '';
  const keep = (text: string) => {
    written += text;
  };
  const program = commandLine('ops');
  program.exitOverride().configureOutput({ writeErr: keep, writeOut: keep });
  program.option('--always');
  program
    .command('drop <name> <generation>')
    .argument('[again]', '次数', notWhole)
    .option('--every <seconds>', '', notWhole)
    .requiredOption('--reason <text>', '原因')
    .action(() => {});
  expect(() => program.parse(typed, { from: 'user' })).toThrow();
  return written;
}

const why = ['--reason', 'x'];

describe('What cannot be read is told in Chinese, then as the library has it', () => {
  it.each([
    [['drop', 'a', ...why], "缺少参数 generation。 / missing required argument 'generation'"],
    [['drop', 'a', '1', '--reason'], "选项 --reason <text> 缺少它的值。 / option '--reason <text>' argument missing"],
    [['drop', 'a', '1'], "必须写明 --reason <text>。 / required option '--reason <text>' not specified"],
    [
      ['drop', 'a', '1', '--every', "it's $1\nx"],
      "选项 --every <seconds> 的值“it's $1\\u000ax”不对：须为整数。 / option '--every <seconds>' argument 'it's $1\\u000ax' is invalid. a whole number",
    ],
    [
      ['drop', 'a', '1', '--every', "x' argument missing"],
      "选项 --every <seconds> 的值“x' argument missing”不对：须为整数。 / option '--every <seconds>' argument 'x' argument missing' is invalid. a whole number",
    ],
    [
      ['drop', 'a', '1', '0', ...why],
      "参数 again 的值“0”不对：须为整数。 / command-argument value '0' is invalid for argument 'again'. a whole number",
    ],
    [['drop', 'a', '1', ...why, '--frob'], "没有选项“--frob”。 / unknown option '--frob'"],
    [['--alway'], "没有选项“--alway”，是不是 --always？ / unknown option '--alway' (Did you mean --always?)"],
    [['drip'], "没有命令“drip”，是不是 drop？ / unknown command 'drip' (Did you mean drop?)"],
    [["it's"], "没有命令“it's”。 / unknown command 'it's'"],
    [[''], "没有命令“”。 / unknown command ''"],
    [['qu\r\u001b[31mit'], "没有命令“qu\\u000d\\u001b[31mit”。 / unknown command 'qu\\u000d\\u001b[31mit'"],
  ])('%j', (typed, sentence) => {
    expect(said(...typed).replace(/\n$/, '')).toBe(sentence);
  });

  it('too many, of which some may be left out', () => {
    const program = commandLine('start').exitOverride();
    let written = '';
    program.configureOutput({ writeErr: text => (written += text) }).argument('[folder]');
    expect(() => program.parse(['a', 'b'], { from: 'user' })).toThrow();
    expect(written).toBe('参数多了：至多 1 个，写了 2 个。 / too many arguments. Expected 1 argument but got 2.\n');
  });

  it('help has its titles in both', () => {
    const help = said('drop', '--help');
    for (const title of ['用法 / usage: ops drop', '参数 / arguments:', '选项 / options:', '显示帮助'])
      expect(help).toContain(title);
    expect(said('--help')).toContain('命令 / commands:');
  });
});
