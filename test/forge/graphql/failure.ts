/** An error of one field, with GitHub's type: NOT_FOUND, FORBIDDEN, STALE_DATA, UNPROCESSABLE. */
export class GraphqlFailure extends Error {
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.name = 'GraphqlFailure';
    this.type = type;
  }
}
