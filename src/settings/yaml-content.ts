import { LineCounter, parseDocument } from 'yaml';
import { SettingsError } from './settings-error.ts';

/**
 * Reads YAML 1.2 into plain values.
 * @param path the file's name, for the error's sentence.
 * @throws SettingsError file-malformed, with the number of the first wrong line.
 */
export function yamlContent(text: string, path: string): unknown {
  const lines = new LineCounter();
  // prettyErrors would quote the file's lines, and with them a password.
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    logLevel: 'error',
  });
  const [fault] = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0]);
  if (fault) {
    const { line } = lines.linePos(fault.pos[0]);
    const sentence = `${path}: line ${line} is not right YAML: ${fault.message}`;
    throw new SettingsError('file-malformed', [sentence]);
  }
  try {
    return document.toJS();
  } catch (cause) {
    // Aliases are resolved only here: unknown ones, and so many that they would fill the memory.
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SettingsError('file-malformed', [`${path}: not right YAML: ${why}`], { cause });
  }
}
