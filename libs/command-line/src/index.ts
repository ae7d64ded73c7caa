import { Command } from 'commander';
import { told } from './told.js';

const titles: Readonly<Record<string, string>> = {
  'Usage:': '用法 / usage:',
  'Arguments:': '参数 / arguments:',
  'Options:': '选项 / options:',
  'Commands:': '命令 / commands:',
};

/** A program's command line. What it tells holds for the commands that it is given from here on. */
export function commandLine(name: string): Command {
  return new Command(name)
    .configureOutput({ outputError: (error, write) => write(`${told(error)}\n`) })
    .configureHelp({ styleTitle: title => titles[title] ?? title })
    .helpOption('-h, --help', '显示帮助 / show this help')
    .helpCommand('help [command]', '某个命令的帮助 / help of a command');
}
