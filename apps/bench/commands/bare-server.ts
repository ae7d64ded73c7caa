import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { Body, Controller, Inject, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { openDatabase, type Statement } from '#sqlite';
import { onTask } from '../children.js';

const INSERT = Symbol('insert');

/** What any server of this framework has to do that keeps what it is sent: one row, as durable as an event. */
@Controller('rows')
class RowsController {
  constructor(@Inject(INSERT) private readonly insert: Statement) {}

  @Post() add(@Body() content: unknown) {
    return { id: Number(this.insert.run(JSON.stringify(content)).lastInsertRowid) };
  }
}

@Module({})
class RowsModule {}

onTask<{ file: string }, { address: string }>(async ({ file }) => {
  const db = await openDatabase(file, { durability: 'full' });
  db.exec('CREATE TABLE rows (id INTEGER PRIMARY KEY, content TEXT NOT NULL) STRICT');
  const insert = db.prepare('INSERT INTO rows (content) VALUES (?)');
  const module = { module: RowsModule, controllers: [RowsController], providers: [{ provide: INSERT, useValue: insert }] };
  const app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), { logger: false });
  await app.listen(0, '127.0.0.1');
  return { address: `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}` };
});
