import { fetchNotes, saveNote } from './notes-client.js';

const find = (selector) => document.querySelector(selector);

function noteItem({ title, text, topic }) {
  const item = document.createElement('li');
  const heading = document.createElement('h2');
  const paragraph = document.createElement('p');
  heading.textContent = title;
  paragraph.textContent = text;
  item.dataset.topic = topic;
  item.append(heading, paragraph);
  return item;
}

async function show(search) {
  try {
    const notes = await fetchNotes(search);
    find('#notes').replaceChildren(...notes.map(noteItem));
    find('#state').textContent = notes.length === 1 ? '1 note' : `${notes.length} notes`;
  } catch (error) {
    find('#state').textContent = error.message;
  }
}

find('#search').addEventListener('input', (event) => show(event.target.value.trim()));
find('#search').addEventListener('submit', (event) => event.preventDefault());
find('#add').addEventListener('submit', async (event) => {
  event.preventDefault();
  const form = event.target;
  try {
    await saveNote(Object.fromEntries(new FormData(form)));
    form.reset();
    await show('');
  } catch (error) {
    find('#state').textContent = error.message;
  }
});

await show('');
