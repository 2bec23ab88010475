/** The part of the bash script that is the same whatever the commands: what bash(1) calls a completion function. */
export const BASH_DRIVER = `_taas() {
  local _taas_place _taas_flag line=\${COMP_LINE:0:COMP_POINT} words=() rest piece i
  # bash has cut the line also at = and :, which names and URLs have in them: put it together again
  for (( i = 0; i <= COMP_CWORD; i++ )); do
    rest=\${line#"\${line%%[![:space:]]*}"}
    piece=\${COMP_WORDS[i]}
    if (( i == COMP_CWORD )); then piece=$rest; fi
    if (( i == 0 )) || [[ $rest != "$line" ]]; then words+=("$piece"); else words[-1]+=$piece; fi
    line=\${rest#"$piece"}
  done
  local cur=\${words[-1]} found reply
  _taas_walk "\${words[@]:1:\${#words[@]}-2}"
  if [[ -z $_taas_flag && $cur == --*=* ]]; then _taas_flag=\${cur%%=*} cur=\${cur#*=}; fi
  if [[ -n $_taas_flag ]]; then
    found=$(_taas_value "$_taas_place" "$_taas_flag")
  elif [[ $cur == -* ]]; then
    found=$(_taas_flags "$_taas_place"; _taas_common_flags)
  else
    found=$(_taas_commands "$_taas_place"; _taas_argument "$_taas_place")
  fi
  case $found in
    @file)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      return
      ;;
    '@names '*)
      found=$("\${COMP_WORDS[0]/#\\~/$HOME}" completion-names "\${found#@names }" -- "\${words[@]:1}" 2>/dev/null)
      ;;
  esac
  # what was typed, without its quoting; unless it is quoted, bash replaces only what is behind the last = or :
  local typed=\${cur#[\\"\\']} before=
  typed=\${typed//\\\\/}
  if [[ $cur != [\\"\\']* ]]; then before=\${typed%"\${typed##*[=:]}"}; fi
  COMPREPLY=()
  while IFS= read -r line; do
    reply=\${line%%$'\\t'*}
    if [[ -z $reply || $reply != "$typed"* ]]; then continue; fi
    reply=\${reply#"$before"}
    if [[ $cur != [\\"\\']* ]]; then printf -v reply %q "$reply"; fi
    COMPREPLY+=("$reply")
  done <<<"$found"
}
complete -F _taas taas
`;

/** The same for zsh's completion system (zshcompsys(1)). */
export const ZSH_DRIVER = `_taas() {
  local _taas_place _taas_flag cur=\${words[CURRENT]} found
  local -a lines described
  _taas_walk "\${(@)words[2,CURRENT-1]}"
  if [[ -z $_taas_flag && $cur == --*=* ]]; then
    _taas_flag=\${cur%%=*}
    compset -P 1 '*='
  fi
  if [[ -n $_taas_flag ]]; then
    found=$(_taas_value "$_taas_place" "$_taas_flag")
  elif [[ $cur == -* ]]; then
    found=$(_taas_flags "$_taas_place"; _taas_common_flags)
  else
    found=$(_taas_commands "$_taas_place"; _taas_argument "$_taas_place")
  fi
  case $found in
    @file)
      _files
      return
      ;;
    '@names '*)
      found=$("\${(Q)words[1]/#\\~/$HOME}" completion-names "\${found#@names }" -- "\${(@)words[2,-1]}" 2>/dev/null)
      ;;
  esac
  if [[ -z $found ]]; then return 1; fi
  lines=("\${(@f)found}")
  # _describe wants WORD:DESCRIPTION, a colon of the word behind a backslash
  described=("\${(@)\${(@)lines//:/\\\\:}/$'\\t'/:}")
  _describe taas described
}
# sourced, or found in fpath under the name _taas and called by zsh
if [[ $funcstack[1] == _taas ]]; then _taas "$@"; else compdef _taas taas; fi
`;
