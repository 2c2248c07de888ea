import { StringToken } from '@actions/workflow-parser/templates/tokens/string-token';
import { YamlObjectReader } from '@actions/workflow-parser/workflows/yaml-object-reader';

type Literal = ReturnType<YamlObjectReader['allowLiteral']>;

/**
 * The library splits a multi-line string that holds an expression by its YAML source, so the script of a
 * `run: |` kept its indentation, and folded text was not folded. Without a source it splits the value.
 */
export class SourcelessReader extends YamlObjectReader {
  override allowLiteral(): Literal {
    const token = super.allowLiteral();
    if (!(token instanceof StringToken)) return token;
    return new StringToken(token.file, token.range, token.value, token.definitionInfo);
  }
}
