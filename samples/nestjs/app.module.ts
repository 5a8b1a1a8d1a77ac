import { type DynamicModule, Module } from "@nestjs/common";
import type { Request } from "express";
import { FileSpanExporter } from "spandrel/exporters";
import { SpandrelModule } from "spandrel/nestjs";
import { HelpDesk, MODEL, type Model } from "./help-desk.js";
import { TicketsController } from "./tickets.controller.js";

@Module({ controllers: [TicketsController], providers: [HelpDesk] })
// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- a module of Nest's is a class
export class AppModule {
  static with(model: Model, tracesPath: string): DynamicModule {
    return {
      module: AppModule,
      providers: [{ provide: MODEL, useValue: model }],
      imports: [
        SpandrelModule.forRoot({
          appName: "help-desk",
          processors: { default: { exporter: new FileSpanExporter({ path: tracesPath }) } },
          request: { attributes: (request: Request) => ({ customerIdentifier: request.get("x-customer") }) },
        }),
      ],
    };
  }
}
