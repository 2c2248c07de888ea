const SECRET_NAME =
  /(^|_)(TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|API_?KEY|ACCESS_KEY|PRIVATE_KEY|SECRET_KEY|AUTH)$/i;

/** @returns true for a variable whose value is a secret by its name. */
export const isSecretName = (name: string): boolean => SECRET_NAME.test(name);
