package import Contract
package import SagaKernel

/// Readers of this module that nothing outside needs but the fuzzer, which must not depend on how a build was made.
///
/// A text that is returned is what a person would be told; nil means that the input was taken.
package enum ConnectorDoors {
    package static func directorySettings(_ json: String) -> String? {
        do throws(SettingsFault) {
            _ = try DirectorySettings(json: json)
            return nil
        } catch { return error.detail }
    }

    package static func webhookSettings(_ json: String) -> String? {
        do throws(SettingsFault) {
            _ = try WebhookSettings(json: json, allowPlainHTTP: false)
            return nil
        } catch { return error.detail }
    }

    package static func ownerAnswer(_ body: [UInt8], of task: WorkerTask) -> Result<
        Acknowledgement.Verdict, DoorRefusal
    > {
        do throws(OwnerAnswer.Unusable) { return .success(try OwnerAnswer.read(body, of: task)) } catch {
            return .failure(DoorRefusal(detail: error.detail))
        }
    }

    /// What a worker makes of an owner's whole answer: settings and headers take part.
    package static func answer(
        status: Int, headers: [(name: String, value: String)], body: [UInt8], to task: WorkerTask, now: Timestamp
    ) throws -> Acknowledgement.Verdict {
        let settings = try WebhookSettings(json: task.endpoint.settingsJSON, allowPlainHTTP: false)
        let answer = HTTPAnswer(
            status: status, headers: headers.map { HTTPAnswer.Header(name: $0.name, value: $0.value) }, body: body)
        return AnswerMapping(task: task, settings: settings, now: now).verdict(.success(answer))
    }

    package static func callbackToken(of task: WorkerTask, secretName: String, key: [UInt8], expires: Timestamp)
        -> String
    {
        CallbackToken(task: task, secretName: secretName, expires: expires).text(key: key)
    }

    /// True where the token is one of ours.
    package static func takesToken(_ text: String, key: [UInt8], now: Timestamp) -> Bool {
        do throws(CallbackToken.Refusal) {
            _ = try CallbackToken.read(text, key: key, now: now)
            return true
        } catch { return false }
    }

    package static func signature(of body: [UInt8], secret: [UInt8], now: Timestamp) -> String {
        WebhookSignature.header(body: body, secret: secret, now: now)
    }

    package static func takesSignature(_ text: String, of body: [UInt8], secret: [UInt8], now: Timestamp) -> Bool {
        WebhookSignature.isValid(text, body: body, secret: secret, now: now, toleranceSeconds: 300)
    }

    /// Whose a line of a directory's file is: `other`, `subject` or `unclear`.
    package static func lineJudge(
        subjects: [Subject], settings: String
    ) throws -> @Sendable (UnsafeRawBufferPointer) -> String {
        let matcher = SubjectMatcher(subjects: subjects, settings: try DirectorySettings(json: settings))
        return { "\(matcher.judge($0))" }
    }
}

/// What a reader says of an input that it does not take.
package struct DoorRefusal: Error, Hashable {
    package var detail: String
}
