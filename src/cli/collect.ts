/** For a flag that can be repeated: commander calls it with each value in turn. */
export function collect(word: string, words: readonly string[] = []): readonly string[] {
  return [...words, word];
}
