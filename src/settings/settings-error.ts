export type SettingsErrorCode = 'file-unreadable' | 'file-malformed' | 'settings-wrong';

/** A misplaced URL may turn up in any sentence, as a wrong value or taken for a key. */
function masked(sentence: string): string {
  return sentence.replace(/:\/\/[^\s/?#]*@/g, '://***@');
}

/** As JSON may write it; JSON.stringify leaves those from 0x7f on as they are. */
function escaped(control: string): string {
  const json = JSON.stringify(control).slice(1, -1);
  return json === control ? `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}` : json;
}

/** A key or value may hold anything: so a sentence stays in its line. */
function inOneLine(sentence: string): string {
  return sentence.replace(/[\p{Cc}\u2028\u2029]/gu, escaped);
}

/**
 * Thrown when the settings cannot be used: one sentence for each thing that is wrong, all of them at once. No sentence
 * shows the user or password of a URL.
 */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly code: SettingsErrorCode;
  readonly problems: readonly string[];

  constructor(code: SettingsErrorCode, problems: readonly string[], options?: ErrorOptions) {
    const sentences = problems.map(masked).map(inOneLine);
    super(sentences.join('\n'), options);
    this.code = code;
    this.problems = sentences;
  }
}
