import { actionsHost } from '@sophia/runtime/host/actions';
import { removeSecretFiles } from '@sophia/runtime/secrets/secret-files';

await removeSecretFiles(actionsHost({ ...process.env }));
