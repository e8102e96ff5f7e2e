// Translations of messages, by a service that the operator names.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { describe, expect, type Host, hosted, refuses, story, type Town } from '../harness';

interface Question {
  q: string;
  source: string;
  target: string;
  api_key: string;
}

/** A service with LibreTranslate's API that notes what it is asked. Everything is English to it, unless it is told otherwise. */
async function translator() {
  const asked: Question[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const question = JSON.parse(Buffer.concat(parts).toString()) as Question;
      asked.push(question);
      if (question.target === 'ha') return void response.writeHead(400).end('{"error":"ha is not supported"}');
      const translatedText = question.q === 'flood' ? 'x'.repeat(30_000) : `${question.target}(${question.q})`;
      const detected = question.source === 'auto' ? { detectedLanguage: { language: question.q.startsWith('Ich') ? 'de' : 'en', confidence: 90 } } : {};
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ translatedText, ...detected }));
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const close = () =>
    new Promise<void>((closed) => {
      server.close(() => closed());
      server.closeAllConnections();
    });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { asked, close, env: { WEIR_TRANSLATE_URL: url, WEIR_TRANSLATE_KEY: 'the-key' } };
}

/** Two nodes over one Redis that know the service. */
async function withTranslator(host: Host, tell: (town: Town, asked: Question[]) => Promise<void>) {
  const { asked, close, env } = await translator();
  try {
    const { url: redisUrl } = await host.redis();
    await tell(host.town(await host.node({ redisUrl, env }), await host.node({ redisUrl, env })), asked);
  } finally {
    await close();
  }
}

const targets = (asked: Question[]) => asked.splice(0).map(({ source, target }) => `${source} ${target}`);

describe('translate', () => {
  hosted('a message is translated for everybody, each language once', async ({ host }) => {
    await withTranslator(host, async (town, asked) => {
      const [ana, bob, room] = await town.twoWatching();
      const sent = await ana.says(room, 'river');
      await Promise.all([ana.settles(room), bob.settles(room)]);
      const { message } = (await bob.client.translateMessage(sent.id, 'fr')) as unknown as { message: object };
      const i18n = { language: 'en', en_text: 'river', fr_text: 'fr(river)' };
      expect(message).toMatchObject({ id: sent.id, text: 'river', i18n });
      expect(asked).toMatchObject([{ q: 'river', source: 'auto', target: 'fr', api_key: 'the-key' }]);
      for (const one of [ana, bob]) {
        const [told] = await one.heard(['message.updated'], room);
        expect(told.message).toMatchObject({ id: sent.id, text: 'river', i18n });
        expect(told.message).not.toHaveProperty('message_text_updated_at');
      }
      await ana.client.translateMessage(sent.id, 'fr');
      await ana.client.translateMessage(sent.id, 'zh-TW');
      expect(targets(asked)).toEqual(['auto fr', 'en zt']);
      expect((await bob.in(room).query({ messages: { limit: 1 } })).messages).toMatchObject([{ i18n: { ...i18n, 'zh-TW_text': 'zt(river)' } }]);
      await ana.client.updateMessage({ id: sent.id, text: 'lake' });
      expect((await ana.client.getMessage(sent.id)).message, 'another text has no translations yet').not.toHaveProperty('i18n');
    });
  });

  hosted('what cannot be translated is refused', async ({ host }) => {
    await withTranslator(host, async (town, asked) => {
      const [ana, bob, room] = await town.twoWatching();
      const cleo = await town.person('cleo');
      const { id } = await ana.says(room, 'river');
      await refuses(ana.client.translateMessage(id, 'xx'), 4, 400, 'language must be one of [af sq');
      await refuses(ana.post(`/messages/${id}/translate`), 4, 400, 'language must be one of');
      await refuses(ana.client.translateMessage('nothing', 'fr'), 16, 404);
      await refuses(cleo.client.translateMessage(id, 'fr'), 17, 403);
      const empty = await ana.says(room, { text: '', attachments: [{ type: 'link', title: 'x' }] });
      await refuses(ana.client.translateMessage(empty.id, 'fr'), 4, 400, 'nothing to translate');
      expect(asked).toEqual([]);
      await refuses(ana.client.translateMessage(id, 'ha'), 4, 400, 'cannot be translated');
      const flood = await ana.says(room, 'flood');
      await ana.client.translateMessage(flood.id, 'fr');
      await ana.client.translateMessage(flood.id, 'es');
      await refuses(ana.client.translateMessage(flood.id, 'it'), 4, 400, 'all the translations');
      await ana.client.deleteMessage(id);
      await refuses(bob.client.translateMessage(id, 'fr'), 4, 400, 'deleted');
      expect((await bob.client.getMessage(id)).message).not.toHaveProperty('i18n');
    });
  });

  hosted('a back end translates any text', async ({ host }) => {
    await withTranslator(host, async (town, asked) => {
      const ana = await town.person('ana');
      expect(await town.server.translate('river', 'fr', 'en')).toMatchObject({ language: 'fr', translated_text: 'fr(river)' });
      expect(targets(asked)).toEqual(['en fr']);
      await refuses(ana.client.translate('river', 'fr', 'en'), 17, 403, 'server side');
      await refuses(town.server.translate('river', 'xx', 'en'), 4, 400, 'destination_language');
      await refuses(town.server.translate('x'.repeat(5_001), 'fr', 'en'), 4, 400, 'text is longer');
    });
  });

  story('without a service it says so', async ({ town }) => {
    const [ana, , room] = await town.twoWatching();
    const { id } = await ana.says(room, 'river');
    await refuses(ana.client.translateMessage(id, 'fr'), 19, 400, 'nothing is translated here');
  });
});

describe('automatic translation', () => {
  hosted('what is said reaches every member in his language, edits too', async ({ host }) => {
    await withTranslator(host, async (town, asked) => {
      const [ana, bob] = await Promise.all([town.person('ana', { language: 'en' }), town.person('bob', { language: 'de' })]);
      const room = await town.room({ members: [ana, bob], auto_translation_enabled: true, auto_translation_language: 'fr' });
      const { channel } = await ana.watches(room);
      expect(channel).toMatchObject({ auto_translation_enabled: true, auto_translation_language: 'fr' });
      await bob.watches(room);
      const sent = await ana.says(room, 'river');
      const { message } = await bob.hears('message.updated', { message: { id: sent.id } });
      expect(message).toMatchObject({ text: 'river', i18n: { language: 'en', en_text: 'river', fr_text: 'fr(river)', de_text: 'de(river)' } });
      expect(message.i18n).not.toHaveProperty('en_text', 'en(river)');
      expect(targets(asked)).toEqual(['auto fr', 'en de']);
      await ana.client.updateMessage({ id: sent.id, text: 'lake' });
      await bob.hears('message.updated', { message: { text: 'lake', i18n: { fr_text: 'fr(lake)', de_text: 'de(lake)' } } });
      asked.splice(0);
      const german = await bob.says(room, 'Ich bin da');
      await ana.hears('message.updated', { message: { id: german.id, i18n: { language: 'de', de_text: 'Ich bin da', en_text: 'en(Ich bin da)' } } });
      expect(targets(asked)).toEqual(['auto fr', 'de en']);
    });
  });

  hosted('a language that the service does not know keeps none of the others away', async ({ host }) => {
    await withTranslator(host, async (town) => {
      const [ana, bob] = await Promise.all([town.person('ana', { language: 'ha' }), town.person('bob', { language: 'de' })]);
      const room = await town.room({ members: [ana, bob], auto_translation_enabled: true });
      await bob.watches(room);
      const sent = await ana.says(room, 'river');
      const { message } = await bob.hears('message.updated', { message: { id: sent.id } });
      expect(message.i18n).toEqual({ language: 'en', en_text: 'river', de_text: 'de(river)' });
    });
  });

  story('only a back end switches it', async ({ town }) => {
    const [ana, , room] = await town.twoWatching();
    await town.at(room).addModerators([ana.id]);
    await refuses(ana.in(room).updatePartial({ set: { auto_translation_enabled: true } }), 17, 403, 'automatic translation');
    await refuses(town.at(room).updatePartial({ set: { auto_translation_language: 'xx' } }), 4, 400, 'set.auto_translation_language');
    const { channel } = await town.at(room).updatePartial({ set: { auto_translation_enabled: true, auto_translation_language: 'de' } });
    expect(channel).toMatchObject({ auto_translation_enabled: true, auto_translation_language: 'de' });
    await town.at(room).update({ name: 'Kitchen', auto_translation_enabled: false } as never);
    const after = (await ana.in(room).query({})).channel;
    expect(after).toMatchObject({ auto_translation_language: 'de' });
    expect(after).not.toHaveProperty('auto_translation_enabled');
    const { channel: none } = await town.at(room).updatePartial({ unset: ['auto_translation_language'] as never });
    expect(none).not.toHaveProperty('auto_translation_language');
  });
});
