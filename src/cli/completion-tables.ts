import type { CommandNode, Completion, Flag } from './command-tree.ts';

/** A word for a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function printed(lines: readonly string[]): string {
  return lines.length === 0 ? ':' : `printf '%s\\n' ${lines.map(quoted).join(' ')}`;
}

/** What the scripts make of it: words, one a line, or an errand of theirs. */
function completed(completion: Completion): string {
  switch (completion.kind) {
    case 'words':
      return printed(completion.words);
    case 'file':
      return printed(['@file']);
    case 'names':
      return printed([`@names ${completion.of}`]);
    case 'anything':
      return ':';
    default:
      return completion satisfies never;
  }
}

function offered(flags: readonly Flag[]): string {
  const visible = flags.filter(({ hidden }) => !hidden);
  return printed(visible.flatMap(({ spellings, description }) => spellings.map((each) => `${each}\t${description}`)));
}

/** The value of a flag, where `place` is a pattern of the shell. */
function valueCases(place: string, flags: readonly Flag[]): string[] {
  return flags.flatMap(({ spellings, value }) => {
    if (value === undefined) return [];
    return [`${spellings.map((each) => `${place}${quoted(`|${each}`)}`).join('|')}) ${completed(value)} ;;`];
  });
}

function shellFunction(head: string, subject: string, cases: readonly string[], otherwise: string): string {
  const [comment, name] = head.split(' -> ');
  const lines = [...cases, `*) ${otherwise} ;;`].map((each) => `    ${each}`);
  return [`# ${comment}`, `${name}() {`, `  case ${subject} in`, ...lines, '  esac', '}', ''].join('\n');
}

const WALK = `# WORD...: sets _taas_place to the command that they name, _taas_flag to the flag whose value comes next
_taas_walk() {
  _taas_place= _taas_flag=
  while [ $# -gt 0 ]; do
    if [ -n "$_taas_flag" ]; then
      _taas_flag=
    else
      case $1 in
        -*=*) ;;
        -*) if _taas_value "$_taas_place" "$1" >/dev/null; then _taas_flag=$1; fi ;;
        *) if _taas_is_command "$_taas_place" "$1"; then _taas_place=\${_taas_place:+$_taas_place }$1; fi ;;
      esac
    fi
    shift
  done
}
`;

/**
 * What a shell needs to know of the commands, as functions that bash and zsh both understand.
 * @param tree the program first: its flags can stand behind every command.
 */
export function completionTables([program, ...rest]: readonly [CommandNode, ...CommandNode[]]): string {
  const all = [program, ...rest];
  const groups = all.filter(({ commands }) => commands.length > 0);
  const listed = groups.map(({ place, commands }) => {
    return `${quoted(place)}) ${printed(commands.map(({ name, description }) => `${name}\t${description}`))} ;;`;
  });
  const known = groups.flatMap(({ place, commands }) =>
    commands.map(({ name }) => `${quoted(`${place}|${name}`)}) ;;`),
  );
  const flags = rest.map((node) => `${quoted(node.place)}) ${offered(node.flags)} ;;`);
  const values = rest.flatMap((node) => valueCases(quoted(node.place), node.flags));
  const args = rest.flatMap(({ place, argument }) =>
    argument === undefined ? [] : [`${quoted(place)}) ${completed(argument)} ;;`],
  );
  return [
    shellFunction(
      'PLACE: the commands below it, each with a tab and what it does -> _taas_commands',
      '$1',
      listed,
      ':',
    ),
    shellFunction('PLACE WORD: whether there is that command -> _taas_is_command', '"$1|$2"', known, 'return 1'),
    shellFunction('PLACE: its own flags, each with a tab and what it means -> _taas_flags', '$1', flags, ':'),
    `# the flags that every command has\n_taas_common_flags() {\n  ${offered(program.flags)}\n}\n`,
    shellFunction(
      'PLACE FLAG: what the value of the flag may be; fails when it has none -> _taas_value',
      '"$1|$2"',
      [...values, ...valueCases('*', program.flags)],
      'return 1',
    ),
    shellFunction('PLACE: what its arguments may be -> _taas_argument', '$1', args, ':'),
    WALK,
  ].join('\n');
}
