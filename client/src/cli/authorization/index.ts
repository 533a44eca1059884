import { Command } from 'commander';
import { chainOptions } from '../common/chain-options.js';
import type { AuthorizationFlags, DelegateFlags, ListFlags } from './options.js';

const handlers = (): Promise<typeof import('./handler.js')> => import('./handler.js');

/** `psyche-client authorization`: who may join permissioned runs. */
export function authorizationCommand(): Command {
  const command = new Command('authorization').description('let nodes join permissioned runs, those with a join authority');

  byGrantor(command, 'grant', 'authorize a key to join one run, or all runs of this join authority', ['<node key> --run demo -k authority.json', '<node key> -k authority.json'])
    .action(async (key: string, flags: AuthorizationFlags) => (await handlers()).grant(key, flags));
  byGrantor(command, 'revoke', 'suspend an authorization: its node finishes its epoch, and joins no other', ['<node key> --run demo -k authority.json'])
    .action(async (key: string, flags: AuthorizationFlags) => (await handlers()).setActive(key, flags, false));
  byGrantor(command, 'restore', 'make a suspended authorization valid again', ['<node key> --run demo -k authority.json'])
    .action(async (key: string, flags: AuthorizationFlags) => (await handlers()).setActive(key, flags, true));
  byGrantor(command, 'remove', 'take an authorization back for good; its rent comes back', ['<node key> --run demo -k authority.json'])
    .action(async (key: string, flags: AuthorizationFlags) => (await handlers()).remove(key, flags));

  chainOptions(command.command('list'), 'whose authorizations, unless others are named')
    .description('authorizations that a key has granted, or has been granted')
    .option('--grantor <address>', 'granted by this key (default: the key of -k)')
    .option('--grantee <address>', 'granted to this key')
    .addHelpText('after', examples('list', ['-k authority.json', '--grantee <node key> -u devnet', '--output json']))
    .action(async (flags: ListFlags) => (await handlers()).list(flags));

  chainOptions(withRun(command.command('delegate')), "the grantee's key")
    .description('as the grantee, let other keys, such as those of your machines, use an authorization; they replace those named before')
    .argument('<authorization>', 'its address, or the grantor')
    .argument('[keys...]', 'at most 16 keys')
    .option('--none', 'name nobody any more')
    .addHelpText('after', examples('delegate', ['<join authority> <node key> <node key> --run demo -k grantee.json', '<authorization> --none -k grantee.json']))
    .action(async (authorization: string, keys: string[], flags: DelegateFlags) => (await handlers()).delegate(authorization, keys, flags));
  return command;
}

function byGrantor(parent: Command, name: string, description: string, samples: string[]): Command {
  return chainOptions(withRun(parent.command(name).argument('<key>', "the grantee: a node key, or a key that names its node keys with `delegate`")), "the join authority's key")
    .description(description)
    .addHelpText('after', examples(name, samples));
}

const withRun = (command: Command): Command => command.option('--run <id>', 'for this run only, by its id or address (default: for all runs of the join authority)');

const examples = (name: string, samples: string[]): string => `\nExamples:\n${samples.map((e) => `  $ psyche-client authorization ${name} ${e}`).join('\n')}`;
