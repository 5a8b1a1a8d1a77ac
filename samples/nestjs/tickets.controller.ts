import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  type MessageEvent,
  Param,
  ParseIntPipe,
  Post,
  Sse,
  UseGuards,
} from "@nestjs/common";
import { type Observable, map } from "rxjs";
import { Workflow } from "spandrel";
import { HelpDesk, type Ticket } from "./help-desk.js";
import { Roles, RolesGuard } from "./roles.guard.js";

/** Our decorators may stand above Nest's, below them or between: nothing of Nest's is lost either way. */
@Controller("tickets")
@UseGuards(RolesGuard)
export class TicketsController {
  constructor(@Inject(HelpDesk) private readonly desk: HelpDesk) {}

  @Post()
  @Workflow({ name: "open_ticket" })
  async open(@Body("text") text: string): Promise<Omit<Ticket, "text">> {
    const { id, topic, urgency } = await this.desk.open(text);
    return { id, topic, urgency };
  }

  @Workflow({ name: "show_ticket" })
  @Get(":id")
  show(@Param("id", ParseIntPipe) id: number): Ticket {
    return this.desk.find(id);
  }

  @Workflow({ name: "answer_ticket" })
  @Sse(":id/reply")
  reply(@Param("id", ParseIntPipe) id: number): Observable<MessageEvent> {
    return this.desk.draft(this.desk.find(id)).pipe(map((piece) => ({ data: { piece } })));
  }

  @Delete(":id")
  @Workflow({ name: "close_ticket" })
  @Roles("agent")
  @HttpCode(204)
  close(@Param("id", ParseIntPipe) id: number): void {
    this.desk.close(id);
  }
}
