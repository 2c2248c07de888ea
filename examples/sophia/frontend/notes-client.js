async function call(path, options) {
  const response = await fetch(path, options);
  const body = response.status === 204 ? undefined : await response.json();
  if (response.ok) return body;
  const issues = (body.issues ?? []).map(({ path: field, message }) => `${field}: ${message}`);
  throw new Error([body.error, ...issues].join('; '));
}

/** @returns {Promise<object[]>} notes; the best matches first where `search` is not empty */
export async function fetchNotes(search) {
  const query = search ? `?search=${encodeURIComponent(search)}` : '';
  const { notes } = await call(`/api/notes${query}`);
  return notes;
}

/** @returns {Promise<object>} the saved note */
export function saveNote({ title, text, token }) {
  return call('/api/notes', {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ title, text }),
  });
}
