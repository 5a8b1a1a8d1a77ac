import {
  type CanActivate,
  type CustomDecorator,
  type ExecutionContext,
  Inject,
  Injectable,
  SetMetadata,
} from "@nestjs/common";
import { Reflector } from "@nestjs/core";
import type { Request } from "express";
import { Task } from "spandrel";

export const Roles = (...roles: string[]): CustomDecorator => SetMetadata("roles", roles);

/** Lets in whoever has one of the handler's roles; in real life a token says so. */
@Injectable()
export class RolesGuard implements CanActivate {
  // tsx writes no types of parameters for Nest to read, and so everything that is injected is named.
  constructor(@Inject(Reflector) private readonly reflector: Reflector) {}

  // What a guard is given is the whole request, and no argument to record.
  @Task({ name: "check_role", captureInput: false })
  canActivate(context: ExecutionContext): boolean {
    const roles = this.reflector.get<readonly string[] | undefined>("roles", context.getHandler());
    const role = context.switchToHttp().getRequest<Request>().get("x-role") ?? "customer";
    return roles?.includes(role) ?? true;
  }
}
